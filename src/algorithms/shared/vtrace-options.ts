import { Type } from 'typebox';

const clip = (description: string) => Type.Number({ default: 1, exclusiveMinimum: 0, maximum: 1e6, description });

/** Options of V-trace. Source: Espeholt et al. 2018, section 4.1. */
export const vtraceProperties = {
  vtrace: Type.Object(
    {
      rhoBar: clip(
        'Bound ρ̄ of the ratio π/μ in the value targets: which policy is valued, that of acting (0) or the newest (∞).',
      ),
      cBar: clip('Bound c̄ of the ratios that traces are multiplied by: their variance.'),
      pgRhoBar: clip('Bound of the ratio that the policy gradient is weighted by.'),
    },
    { additionalProperties: false, default: {}, description: 'Bounds of V-trace.' },
  ),
};
