// Statistics of certification: intervals for success rates, percentiles, means.
#pragma once

// Clopper-Pearson interval of k successes in n trials at `level` (0.95). n = 0 gives 0..1.
void dd_clopper_pearson(int k, int n, double level, double* lo, double* hi);
double dd_clopper_pearson_lower(int k, int n, double confidence);   // one-sided
void dd_wilson(int k, int n, double level, double* lo, double* hi); // for plots
// Bayesian with the prior Beta(1/2, 1/2); closed at 0 for k = 0 and at 1 for k = n.
void dd_jeffreys(int k, int n, double level, double* lo, double* hi);
double dd_beta_inc(double a, double b, double x); // regularised incomplete beta
double dd_beta_inv(double p, double a, double b); // x with dd_beta_inc(a, b, x) = p
double dd_normal_quantile(double p);              // z with P(Z <= z) = p
// Nearest rank: sorted[ceil(q n - 1e-9) - 1]; `x` is sorted in place. NaN for n = 0.
double dd_percentile(double* x, int n, double q);
double dd_mean(const double* x, int n);
double dd_std(const double* x, int n); // divides by n - 1; NaN for n < 2
