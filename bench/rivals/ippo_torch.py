"""Independent PPO in PyTorch, one process, on a batched median game.

--style cleanrl: an nn.Module and a plain Adam per agent, a Python loop over agents.
--style stacked: the same mathematics with the agents' weights stacked and multiplied
                 by bmm, one fused Adam (Adam is elementwise, so it is still an Adam
                 per agent) and a gradient-norm clip per agent: the tuned form.
"""
import argparse
import math
import time

import torch
import torch.nn as nn

from peerlib import GAME_LENGTH, HYPER as H, add_ppo_args, emit_runs, init_params, ppo_config

LOG_2PI = math.log(2 * math.pi)


class MedianGame:
    """E games at once, agents first: observations [n, E, d], actions and rewards [n, E]."""

    def __init__(self, n, envs, d, gen):
        self.n, self.envs, self.d, self.gen = n, envs, d, gen

    def fresh(self):
        o = torch.zeros(self.n, self.envs, self.d)
        o[:, :, 0] = torch.rand(self.n, self.envs, generator=self.gen)
        return o

    def reset(self):
        # staggered clocks, so that the games do not all end on the same step
        self.t = torch.arange(self.envs) * GAME_LENGTH // self.envs
        self.obs = self.fresh()
        return self.obs

    def step(self, a):
        rew = -((a - a.median(0).values) ** 2)
        others = (a.sum(0) - a) / (self.n - 1)
        obs = torch.cat([others.unsqueeze(-1), self.obs[:, :, :-1]], -1)
        self.t += 1
        done = self.t >= GAME_LENGTH
        if bool(done.any()):
            self.t.masked_fill_(done, 0)
            obs = torch.where(done[None, :, None], self.fresh(), obs)
        self.obs = obs
        return obs, rew, done.float()


def ppo_loss(mean, log_std, value, b):
    """Per-agent PPO losses, summed; every tensor is [n, B]."""
    logp = -0.5 * ((b["act"] - mean) / log_std.exp()) ** 2 - log_std - 0.5 * LOG_2PI
    ratio = (logp - b["logp"]).exp()
    adv = b["adv"]
    adv = (adv - adv.mean(-1, keepdim=True)) / (adv.std(-1, keepdim=True) + 1e-8)
    pg = torch.maximum(-adv * ratio, -adv * ratio.clamp(1 - H["clip"], 1 + H["clip"])).mean(-1)
    v_clip = b["val"] + (value - b["val"]).clamp(-H["clip"], H["clip"])
    vf = 0.5 * torch.maximum((value - b["ret"]) ** 2, (v_clip - b["ret"]) ** 2).mean(-1)
    ent = (0.5 + 0.5 * LOG_2PI + log_std).mean(-1)
    return (pg + H["vf_coef"] * vf - H["ent_coef"] * ent).sum()


def fused_adam(params):
    """One kernel for all parameters; releases before 2.4 have none for the CPU, and some no such argument."""
    try:
        return torch.optim.Adam(params, lr=H["lr"], eps=H["adam_eps"], fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.Adam(params, lr=H["lr"], eps=H["adam_eps"])


class Stacked:
    """All agents' nets as stacked weights."""

    def __init__(self, p, wrap=lambda f: f):
        self.loss = wrap(lambda b: ppo_loss(*self.policy(b["obs"]), self.value(b["obs"]), b))
        leaf = lambda x: nn.Parameter(torch.from_numpy(x.copy()))
        self.actor = [(leaf(w), leaf(b)) for w, b in p["actor"]]
        self.critic = [(leaf(w), leaf(b)) for w, b in p["critic"]]
        self.log_std = leaf(p["log_std"])
        self.params = [x for wb in self.actor + self.critic for x in wb] + [self.log_std]
        self.opt = fused_adam(self.params)

    @staticmethod
    def mlp(layers, x):
        for w, b in layers[:-1]:
            x = torch.tanh(torch.baddbmm(b, x, w))
        w, b = layers[-1]
        return torch.baddbmm(b, x, w).squeeze(-1)

    def policy(self, obs):
        return self.mlp(self.actor, obs), self.log_std[:, :, 0]

    def value(self, obs):
        return self.mlp(self.critic, obs)

    def train(self, b):
        loss = self.loss(b)
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        sq = sum(p.grad.reshape(p.shape[0], -1).square().sum(1) for p in self.params)
        scale = (H["max_grad_norm"] / (sq.sqrt() + 1e-6)).clamp(max=1.0)
        for p in self.params:
            p.grad.mul_(scale.view(-1, *[1] * (p.dim() - 1)))
        self.opt.step()
        return loss.detach()


class Agent(nn.Module):
    def __init__(self, p, i):
        super().__init__()

        def net(layers):
            mods = []
            for k, (w, b) in enumerate(layers):
                lin = nn.Linear(w.shape[1], w.shape[2])
                lin.weight.data = torch.from_numpy(w[i].T.copy())
                lin.bias.data = torch.from_numpy(b[i, 0].copy())
                mods += [lin] if k == len(layers) - 1 else [lin, nn.Tanh()]
            return nn.Sequential(*mods)

        self.actor, self.critic = net(p["actor"]), net(p["critic"])
        self.log_std = nn.Parameter(torch.from_numpy(p["log_std"][i, 0].copy()))


class PerAgent:
    """CleanRL's shape: a module and an Adam per agent, a Python loop over the agents."""

    def __init__(self, p, wrap=lambda f: f):
        n = p["log_std"].shape[0]
        self.agents = [Agent(p, i) for i in range(n)]
        self.losses = [wrap(self.loss_of(a)) for a in self.agents]
        self.opts = [torch.optim.Adam(a.parameters(), lr=H["lr"], eps=H["adam_eps"]) for a in self.agents]

    @staticmethod
    def loss_of(a):
        return lambda m: ppo_loss(a.actor(m["obs"][0]).T, a.log_std.unsqueeze(0), a.critic(m["obs"][0]).T, m)

    def policy(self, obs):
        return (torch.stack([a.actor(o).squeeze(-1) for a, o in zip(self.agents, obs)]),
                torch.stack([a.log_std for a in self.agents]))

    def value(self, obs):
        return torch.stack([a.critic(o).squeeze(-1) for a, o in zip(self.agents, obs)])

    def train(self, b):
        total = 0.0
        for i, (a, opt) in enumerate(zip(self.agents, self.opts)):
            m = {k: v[i:i + 1] for k, v in b.items()}
            loss = self.losses[i](m)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(a.parameters(), H["max_grad_norm"])
            opt.step()
            total = total + loss.detach()
        return total


def gae(rew, val, done, last_val):
    """done[t]: the game ended on step t. All [T, n, E], done [T, E]."""
    adv = torch.zeros_like(rew)
    run = torch.zeros_like(last_val)
    nxt = last_val
    for t in range(rew.shape[0] - 1, -1, -1):
        live = 1 - done[t]
        delta = rew[t] + H["gamma"] * nxt * live - val[t]
        run = delta + H["gamma"] * H["lam"] * live * run
        adv[t] = run
        nxt = val[t]
    return adv, adv + val


class Trainer:
    def __init__(self, args, style):
        self.gen = torch.Generator().manual_seed(args.seed)
        self.args = args
        p = init_params(args.seed, args.agents, args.obs, args.hidden)
        self.nets = (Stacked if style == "stacked" else PerAgent)(p, torch.compile if args.compile else lambda f: f)
        self.env = MedianGame(args.agents, args.envs, args.obs, self.gen)
        self.obs = self.env.reset()
        T, n, E, d = args.steps, args.agents, args.envs, args.obs
        self.buf = {"obs": torch.zeros(T, n, E, d), **{k: torch.zeros(T, n, E) for k in ("act", "logp", "val", "rew")}}
        self.done = torch.zeros(T, E)

    @torch.no_grad()
    def rollout(self):
        b = self.buf
        for t in range(self.args.steps):
            mean, log_std = self.nets.policy(self.obs)
            noise = torch.randn(mean.shape, generator=self.gen)
            act = mean + log_std.exp() * noise
            b["obs"][t], b["act"][t] = self.obs, act
            b["logp"][t] = -0.5 * noise ** 2 - log_std - 0.5 * LOG_2PI
            if self.args.part == "whole":  # an actor that trains nobody needs no critic
                b["val"][t] = self.nets.value(self.obs)
            self.obs, b["rew"][t], self.done[t] = self.env.step(act)

    def update(self):
        b, n = self.buf, self.args.agents
        with torch.no_grad():
            adv, ret = gae(b["rew"], b["val"], self.done, self.nets.value(self.obs))
        flat = {k: v.transpose(0, 1).reshape(n, -1, *v.shape[3:]).contiguous()
                for k, v in {**b, "adv": adv, "ret": ret}.items() if k != "rew"}
        total = flat["act"].shape[1]
        size = total // H["minibatches"]
        for _ in range(H["epochs"]):
            order = torch.randperm(total, generator=self.gen)
            for s in range(0, total, size):
                idx = order[s:s + size]
                self.nets.train({k: v[:, idx] for k, v in flat.items()})
        return float(b["rew"].mean())


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_ppo_args(ap)
    ap.add_argument("--style", choices=["cleanrl", "stacked"], default="stacked")
    ap.add_argument("--threads", type=int, default=1)
    ap.add_argument("--compile", action="store_true", help="torch.compile the loss (needs a C++ compiler)")
    args = ap.parse_args()
    torch.set_num_threads(args.threads)
    tr = Trainer(args, args.style)
    count = args.envs * args.steps * args.agents
    whole, roll, upd, rewards = [], [], [], []
    for i in range(args.iters + 2):
        t0 = time.perf_counter()
        tr.rollout()
        t1 = time.perf_counter()
        if args.part == "whole":
            rewards.append(tr.update())
        t2 = time.perf_counter()
        if i >= 2:  # two warm-up iterations
            whole.append(count / (t2 - t0))
            roll.append(count / (t1 - t0))
            upd.append(count / (t2 - t1))
    c = ppo_config(args, style=args.style, threads=args.threads, torch=torch.__version__, **({"compile": True} if args.compile else {}))
    if args.part == "rollout":
        emit_runs("ippo_torch_rollout", {**c, "part": args.part}, roll, "agent-steps/s")
        return
    emit_runs("ippo_torch_end_to_end", c, whole, "agent-steps/s", reward_first=round(rewards[0], 4), reward_last=round(rewards[-1], 4))
    emit_runs("ippo_torch_rollout", c, roll, "agent-steps/s")
    emit_runs("ippo_torch_update", c, upd, "agent-steps/s")


if __name__ == "__main__":
    main()
