"""Shared by the peer baselines: the median game's rules and the JSON reporting.

Median game (from the notebook): n agents each put out one real number; the
reward of agent i is -(a_i - median(a))**2, the median being torch's LOWER
median for even n; nobody's gradient passes through the environment. The
corrected observation of agent i is the mean of the OTHER agents' actions.

An "agent-step" is one agent acting once in one environment: a rollout of
E environments x T steps x n agents is E*T*n agent-steps.
"""
import json
import statistics
import time

GAME_LENGTH = 100  # "a game of 100 steps": the game ends there (terminal)


def emit(name, config, value, unit, **extra):
    if isinstance(value, float):
        value = float(f"{value:.5g}")
    print(json.dumps({"name": name, "config": config, "value": value, "unit": unit, **extra}), flush=True)


def emit_runs(name, config, values, unit, **extra):
    """The median of repeated measurements, with their spread."""
    emit(name, config, float(statistics.median(values)), unit,
         min=float(f"{min(values):.5g}"), max=float(f"{max(values):.5g}"), repeats=len(values), **extra)


def rate(fn, per_call, seconds=0.5, repeats=5, warmup=2):
    """Calls fn for about `seconds`, `repeats` times; returns the rates (per_call units per second)."""
    for _ in range(warmup):
        fn()
    t = time.perf_counter()
    fn()
    once = max(time.perf_counter() - t, 1e-7)
    n = max(1, int(seconds / once))
    out = []
    for _ in range(repeats):
        t = time.perf_counter()
        for _ in range(n):
            fn()
        out.append(per_call * n / (time.perf_counter() - t))
    return out


def lower_median_rows(a, minimum, maximum):
    """The lower median over axis 0 by a small min/max network: for few agents much faster than a sort."""
    rows = list(a)
    n = len(rows)
    for i in range((n - 1) // 2 + 1):  # only the lower half has to be put in order
        for j in range(n - 1, i, -1):
            lo, hi = minimum(rows[j - 1], rows[j]), maximum(rows[j - 1], rows[j])
            rows[j - 1], rows[j] = lo, hi
    return rows[(n - 1) // 2]


HYPER = {"lr": 3e-4, "adam_eps": 1e-5, "gamma": 0.99, "lam": 0.95, "clip": 0.2, "vf_coef": 0.5, "ent_coef": 0.0,
         "max_grad_norm": 0.5, "epochs": 4, "minibatches": 4}


def init_params(seed, n, obs_dim, hidden):
    """CleanRL's initial weights (orthogonal, zero biases), one net pair per agent, as numpy float32.

    hidden = 0 means linear actor and critic (the notebook's Linear(1, 1)); otherwise two
    tanh layers of `hidden`. Every array has a leading agent axis; W is [n, in, out].
    """
    import numpy as np
    rng = np.random.default_rng(seed)

    def ortho(i, o, gain):
        m = rng.standard_normal((max(i, o), min(i, o)))
        q, r = np.linalg.qr(m)
        q = q * np.sign(np.diag(r))
        return (gain * (q if i >= o else q.T)).astype(np.float32)

    def net(last_gain):
        sizes = [obs_dim, hidden, hidden, 1] if hidden else [obs_dim, 1]
        layers = []
        for k, (i, o) in enumerate(zip(sizes[:-1], sizes[1:])):
            gain = last_gain if k == len(sizes) - 2 else 2 ** 0.5
            layers.append((np.stack([ortho(i, o, gain) for _ in range(n)]), np.zeros((n, 1, o), np.float32)))
        return layers

    return {"actor": net(0.01), "critic": net(1.0), "log_std": np.zeros((n, 1, 1), np.float32)}


def add_ppo_args(ap):
    ap.add_argument("--agents", type=int, default=3)
    ap.add_argument("--obs", type=int, default=8, help="observation width: the last OBS corrected observations")
    ap.add_argument("--hidden", type=int, default=64, help="0: linear actor and critic")
    ap.add_argument("--envs", type=int, default=256)
    ap.add_argument("--steps", type=int, default=128)
    ap.add_argument("--iters", type=int, default=8)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--part", choices=["whole", "rollout"], default="whole",
                    help="rollout: collecting alone, without the critic, which an actor does not need")


def ppo_config(args, **extra):
    return {"agents": args.agents, "obs": args.obs, "hidden": args.hidden, "envs": args.envs, "steps": args.steps,
            "epochs": HYPER["epochs"], "minibatches": HYPER["minibatches"], **extra}
