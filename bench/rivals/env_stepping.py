"""Environment stepping alone (no learning, actions drawn beforehand), single core: the batched median game in NumPy and
in PyTorch. Every batched step makes rewards, corrected observations, done flags and auto-resets.
"""
import argparse

import numpy as np

from peerlib import GAME_LENGTH, emit_runs, lower_median_rows, rate

T = 128


def numpy_game(n, E):
    rng = np.random.default_rng(0)
    acts = rng.standard_normal((T, n, E)).astype(np.float32)
    t = np.arange(E) * GAME_LENGTH // E

    def run():
        for a in acts:
            med = lower_median_rows(a, np.minimum, np.maximum) if n <= 8 else np.sort(a, 0)[(n - 1) // 2]
            rew = a - med
            rew *= rew
            np.negative(rew, out=rew)
            obs = (a.sum(0) - a) / np.float32(n - 1)
            np.add(t, 1, out=t)
            done = t >= GAME_LENGTH
            if done.any():
                k = np.flatnonzero(done)
                t[k] = 0
                obs[:, k] = rng.random((n, k.size), np.float32)
        return obs, rew, done

    return run


def torch_game(n, E):
    import torch
    torch.set_num_threads(1)
    acts = torch.randn(T, n, E)
    t = torch.arange(E) * GAME_LENGTH // E

    @torch.no_grad()
    def run():
        for a in acts:
            rew = -((a - a.median(0).values) ** 2)
            obs = (a.sum(0) - a) / (n - 1)
            t.add_(1)
            done = t >= GAME_LENGTH
            if bool(done.any()):
                t.masked_fill_(done, 0)
                obs = torch.where(done, torch.rand(n, E), obs)
        return obs, rew, done

    return run


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--what", nargs="*", default=["numpy", "torch"])
    ap.add_argument("--envs", type=int, nargs="*", default=[1, 256, 4096])
    ap.add_argument("--agents", type=int, nargs="*", default=[3])
    ap.add_argument("--seconds", type=float, default=0.5)
    ap.add_argument("--repeats", type=int, default=5)
    args = ap.parse_args()
    made = {"numpy": numpy_game, "torch": torch_game}
    for kind in args.what:
        for n in args.agents:
            for E in args.envs:
                r = rate(made[kind](n, E), T * E * n, args.seconds, args.repeats)
                emit_runs(f"env_{kind}", {"agents": n, "envs": E}, r, "agent-steps/s")


if __name__ == "__main__":
    main()
