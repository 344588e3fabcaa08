import { expect, it } from 'vitest';
import { TruncatedNormal } from '../../../src/policies/distributions/truncated-normal.js';

/** Of z on [α, β]: where the law is anchored, log mass, E[δ], E[v], Cov(v, δ), Var(v) and the lower quartile of δ, by quadrature with
 *  50 digits. */
const ROWS: readonly (readonly [string, number, number, -1 | 0 | 1, number, number, number, number, number, number])[] =
  [
    [
      'around 0',
      -1.0,
      2.0,
      0,
      0.7187722388802101,
      0.22963717909132897,
      0.28624788661627854,
      0.17978908759551968,
      0.1416243968022142,
      -0.3496414292924655,
    ],
    [
      'half the line',
      -1.0,
      Infinity,
      0,
      0.7461847541812229,
      0.2875999709391784,
      0.35620001453041084,
      0.3289568425812865,
      0.3355215787093568,
      -0.3345257266944331,
    ],
    ['all of it', -Infinity, Infinity, 0, 0.9189385332046728, 0.0, 0.5, 0.0, 0.5, -0.6744897501960817],
    [
      'short',
      -0.3,
      0.4,
      0,
      -0.3781253144340158,
      0.0479915242441411,
      0.021235555317237673,
      0.0019754445626683024,
      0.00042666983457791623,
      -0.12459556769360523,
    ],
    [
      'very short',
      0.0,
      1e-6,
      0,
      -13.81551055796444,
      4.999999999999583e-7,
      1.6666666666664443e-13,
      4.166666666666388e-20,
      2.22222222222201e-26,
      2.499999999999609e-7,
    ],
    [
      'beside 0',
      2.0,
      4.0,
      0,
      -2.8656389048206536,
      2.37063315968317,
      2.864742345710571,
      0.2853013965238889,
      0.7491597350085056,
      2.118402036665457,
    ],
    [
      'just beyond 4',
      4.5,
      6.0,
      1,
      -1.548771616234225,
      0.2038974746746591,
      0.9574277423124785,
      0.18616899051973396,
      0.9082582060819114,
      0.06075497321237389,
    ],
    [
      'far above',
      50.0,
      Infinity,
      1,
      -3.9124226062152285,
      0.01998403190563981,
      0.9996007976409952,
      0.019968095622917393,
      0.9992023905729348,
      0.005751012271329785,
    ],
    [
      'far below',
      -60.0,
      -50.0,
      -1,
      -3.9124226062152285,
      0.01998403190563981,
      0.9996007976409952,
      0.019968095622917393,
      0.9992023905729348,
      0.005751012271329785,
    ],
    [
      'far and short',
      50.0,
      50.0009765625,
      1,
      -6.955786686007172,
      0.00048430772623022077,
      0.024215543320189874,
      3.973207873330707e-6,
      0.00019866232739536386,
      0.0002397067265004398,
    ],
    [
      'very far',
      1048576.0,
      Infinity,
      1,
      -13.862943611199816,
      9.536743164045153e-7,
      0.9999999999990905,
      9.536743164027806e-7,
      0.999999999998181,
      2.7435500378750004e-7,
    ],
    [
      'very far below',
      -Infinity,
      -17179869184.0,
      -1,
      -23.56700413903814,
      5.820766091346741e-11,
      1.0,
      5.820766091346741e-11,
      1.0,
      1.6745300524156826e-11,
    ],
    [
      'very far and short',
      1048576.0,
      1048576.0000009537,
      1,
      -14.321618756586103,
      3.986580783182525e-7,
      0.4180232931307554,
      7.565155581687513e-8,
      0.07932640579226932,
      1.640425307818502e-7,
    ],
  ];

const close = (actual: number, expected: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(2e-11 * (Math.abs(expected) || 1));
};

it.each(ROWS)('the normal law truncated %s, to [%f, %f]', (_, alpha, beta, side, ...expected) => {
  const [logMass, meanOffset, meanEnergy, covariance, energyVariance, quartile] = expected as readonly number[];
  const law = new TruncatedNormal();
  law.load(alpha, beta, beta - alpha);
  law.loadMoments();
  expect(law.side).toBe(side);
  close(law.logMass, logMass!);
  close(law.meanOffset, meanOffset!);
  close(law.meanEnergy, meanEnergy!);
  close(law.covariance, covariance!);
  close(law.energyVariance, energyVariance!);
  close(law.quantile(side < 0 ? 0.75 : 0.25), quartile!);
});

it.each(ROWS)('its quantiles %s rise from one end of [%f, %f] to the other', (_, alpha, beta, side) => {
  const law = new TruncatedNormal();
  law.load(alpha, beta, beta - alpha);
  const z = Array.from({ length: 64 }, (__, k) => law.quantile((k + 0.5) / 64) * (side < 0 ? -1 : 1));
  const [from, to] = side === 0 ? [alpha, beta] : side > 0 ? [0, beta - alpha] : [alpha - beta, 0];
  z.forEach((value, k) => {
    expect(value > (z[k - 1] ?? from) && value < to).toBe(true);
  });
});
