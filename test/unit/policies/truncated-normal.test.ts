import { expect, it } from 'vitest';
import { TruncatedNormal } from '../../../src/policies/distributions/truncated-normal.js';

/** Of z on [α, β]: where the law is anchored, log mass, E[δ], E[v], Cov(v, δ), Var(v) and the lower quartile of δ, by quadrature with
 *  50 digits. */
const ROWS: readonly (readonly [string, number, number, -1 | 0 | 1, number, number, number, number, number, number])[] = [
  ['around 0', -1.0, 2.0, 0, 0.7187722388802101, 0.22963717909132897, 0.28624788661627854, 0.17978908759551968, 0.1416243968022142, -0.3496414292924655],
  ['half the line', -1.0, Infinity, 0, 0.7461847541812229, 0.2875999709391784, 0.35620001453041084, 0.3289568425812865, 0.3355215787093568, -0.3345257266944331],
  ['all of it', -Infinity, Infinity, 0, 0.9189385332046728, 0.0, 0.5, 0.0, 0.5, -0.6744897501960817],
  ['short', -0.3, 0.4, 0, -0.3781253144340158, 0.0479915242441411, 0.021235555317237673, 0.0019754445626683024, 0.00042666983457791623, -0.12459556769360523],
