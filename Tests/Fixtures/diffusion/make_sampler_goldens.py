"""Makes the golden runs of SamplerRunTests: diffusers' own loops, and where diffusers has no such sampler the published
equations in float64.

    pip install torch diffusers==0.42.1 numpy scipy safetensors        (made with torch 2.15.0, numpy 2.4.6, scipy 1.17)
    OMP_NUM_THREADS=1 python make_sampler_goldens.py

Floats are written as the hexadecimal digits of their IEEE 754 bits, 8 for each. The noise is torch's, drawn in the order of
the loop.
"""
import json, math
from pathlib import Path
import numpy as np, torch
from scipy.integrate import solve_ivp
from diffusers import (
    UNet2DModel, DPMSolverMultistepScheduler, UniPCMultistepScheduler, EulerDiscreteScheduler,
    EulerAncestralDiscreteScheduler, HeunDiscreteScheduler, EDMEulerScheduler, EDMDPMSolverMultistepScheduler, DDPMScheduler,
    DDIMScheduler)

HERE = Path(__file__).parent
SHAPE = (2, 5, 5)
COSINE = dict(beta_schedule="squaredcos_cap_v2")
V = dict(prediction_type="v_prediction")
X0 = dict(prediction_type="sample")


def bits(values):
    array = np.ascontiguousarray(np.asarray(values, dtype=np.float32))
    return "".join("%08x" % v for v in array.view(np.uint32).ravel())


def write(name, cases):
    text = "[\n" + ",\n".join(json.dumps(case, sort_keys=True) for case in cases) + "\n]\n"
    (HERE / name).write_text(text)
    print(name, len(cases), len(text))


def network(x, t, kind=np.float32):
    """Elementwise and rational, as RationalNetwork in Fixture.swift, in the order of operations written here."""
    F = kind
    x = np.asarray(x, dtype=F)
    u = F(t) / F(1000)
    return (x * (F(1) + u) + F(0.25) * u) / (F(1) + F(0.125) * (x * x))


# ---- diffusers ------------------------------------------------------------------------------------------------------

CLASSES = {
    "ddpm": DDPMScheduler, "ddim": DDIMScheduler,
    "dpmsolver++": DPMSolverMultistepScheduler, "dpmsolver++-sde": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler, "euler": EulerDiscreteScheduler, "euler-ancestral": EulerAncestralDiscreteScheduler,
    "heun": HeunDiscreteScheduler}
EDM_CLASSES = {
    "dpmsolver++": EDMDPMSolverMultistepScheduler, "dpmsolver++-sde": EDMDPMSolverMultistepScheduler, "euler": EDMEulerScheduler}


class DoublePrecision:
    """Under this context diffusers keeps a float64 sample, which its Euler steps would round: at the sigma of 20000 where a
    cosine begins, a float32 difference of samples or of levels leaves errors of 1e-4 (Euler) and 7e-3 (Heun)."""

    def __enter__(self):
        self.saved = torch.Tensor.to
        torch.Tensor.to = lambda x, *a, **k: x if x.dtype == torch.float64 and a == (torch.float32,) else self.saved(x, *a, **k)

    def __exit__(self, *_):
        torch.Tensor.to = self.saved


def loop(kind, scheduler, steps, seed, shape, evaluate):
    scheduler.set_timesteps(steps)
    told = list(scheduler.timesteps)
    if kind != "heun" and len(set(float(t) for t in told)) < len(told):
        # Rounding makes timesteps equal, at which upstream loses its place; Phantom tells the network the real ones.
        scheduler.set_begin_index(0)
        logarithms = np.log(np.array(((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5))
        told = [scheduler._sigma_to_t(np.float64(sigma), logarithms) for sigma in scheduler.sigmas[:-1]]
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn((1, *shape), generator=generator) * scheduler.init_noise_sigma
    first = x.clone()
    if kind in ("euler", "euler-ancestral", "heun") and scheduler.config.get("beta_schedule") == "squaredcos_cap_v2":
        x, scheduler.sigmas = x.double(), scheduler.sigmas.double()
    drawing = kind in ("ddpm", "ddim", "dpmsolver++-sde", "euler-ancestral")
    for t, real in zip(scheduler.timesteps, told):
        out = evaluate(scheduler.scale_model_input(x, t), real)
        x = scheduler.step(out, t, x, **(dict(generator=generator) if drawing else {})).prev_sample
    assert torch.isfinite(x).all(), (kind, scheduler.config, steps)
    return first, x


def run(kind, config, steps, seed, edm=False):
    config = dict(config)
    if kind == "dpmsolver++-sde":
        config["algorithm_type"] = "sde-dpmsolver++"
    if kind == "heun" and "beta_start" not in config:
        # Its own defaults are others; a folder's file says them.
        config.update(beta_start=0.0001, beta_end=0.02)
    scheduler = (EDM_CLASSES if edm else CLASSES)[kind](**config)
    with DoublePrecision():
        first, last = loop(kind, scheduler, steps, seed, SHAPE,
                           lambda x, t: torch.from_numpy(network(x.numpy(), float(t))))
    if edm:
        config["_class_name"] = "EDMEulerScheduler"
    return dict(sampler=kind, config=config, steps=steps, seed=seed, shape=list(SHAPE), options={},
                first=bits(first), last=bits(last))


def diffusers_runs():
    c = []
    threshold = dict(thresholding=True, sample_max_value=2.0, dynamic_thresholding_ratio=0.9)
    # DPM-Solver++: the levels by noise.
    for spacing in ("karras_sigmas", "exponential_sigmas", "lu_lambdas", "beta_sigmas"):
        c.append(run("dpmsolver++", {f"use_{spacing}": True}, 12, 1))
        c.append(run("dpmsolver++", {f"use_{spacing}": True, **V, "solver_order": 3}, 20, 2))
    c.append(run("dpmsolver++", dict(use_karras_sigmas=True, **COSINE, **V), 8, 3))
    c.append(run("dpmsolver++", dict(use_exponential_sigmas=True, **COSINE, **X0), 7, 4))
    # The stochastic form.
    for order in (1, 2, 3):
        for solver in ("midpoint", "heun"):
            if order != 2 and solver == "heun":
                continue
            c.append(run("dpmsolver++-sde", dict(solver_order=order, solver_type=solver), 20, 5))
            c.append(run("dpmsolver++-sde", dict(**COSINE, **V, solver_order=order, solver_type=solver, timestep_spacing="leading"), 9, 6))
    c.append(run("dpmsolver++-sde", dict(use_karras_sigmas=True, final_sigmas_type="zero", **X0), 16, 7))
    c.append(run("dpmsolver++-sde", dict(**threshold, timestep_spacing="trailing"), 16, 8))
    c.append(run("dpmsolver++-sde", dict(final_sigmas_type="sigma_min", solver_order=3, lower_order_final=False), 12, 9))
    c.append(run("dpmsolver++-sde", dict(rescale_betas_zero_snr=True, **V, timestep_spacing="trailing"), 10, 10))
    c.append(run("dpmsolver++-sde", dict(**COSINE, lambda_min_clipped=-5.1), 20, 11))
    # UniPC.
    for order in (1, 2, 3):
        for solver, final in (("bh1", "sigma_min"), ("bh2", "zero")):
            # Upstream's bh1 takes 0 times infinity at a last level of 0.
            config = dict(solver_order=order, solver_type=solver, final_sigmas_type=final)
            c.append(run("unipc", config, 20, 12))
            c.append(run("unipc", dict(**COSINE, **V, **config, timestep_spacing="leading"), 9, 13))
    c.append(run("unipc", dict(**X0, timestep_spacing="trailing", solver_order=3), 10, 14))
    c.append(run("unipc", dict(disable_corrector=[0, 3, 4], solver_order=3), 12, 15))
    c.append(run("unipc", dict(final_sigmas_type="sigma_min", lower_order_final=False, solver_order=3), 12, 16))
    c.append(run("unipc", dict(**threshold), 15, 17))
    c.append(run("unipc", dict(rescale_betas_zero_snr=True, **V, timestep_spacing="trailing"), 15, 18))
    c.append(run("unipc", dict(use_karras_sigmas=True), 12, 19))
    c.append(run("unipc", dict(use_exponential_sigmas=True, **V), 12, 20))
    c.append(run("unipc", dict(use_beta_sigmas=True, **X0, solver_order=3), 12, 21))
    c.append(run("unipc", dict(), 1, 22))
    c.append(run("unipc", dict(), 100, 23))
    # Euler, ancestral, Heun.
    for kind in ("euler", "euler-ancestral", "heun"):
        c.append(run(kind, dict(), 20, 24))
        c.append(run(kind, dict(timestep_spacing="leading", steps_offset=1), 10, 25))
        c.append(run(kind, dict(timestep_spacing="trailing", **V), 10, 26))
        c.append(run(kind, dict(**COSINE, **V), 12, 27))
        c.append(run(kind, dict(**COSINE, timestep_spacing="leading"), 12, 28))
        c.append(run(kind, dict(beta_schedule="scaled_linear"), 100, 29))
        if kind != "euler-ancestral":
            c.append(run(kind, dict(**X0), 15, 30))
            for spacing in ("karras", "exponential", "beta"):
                c.append(run(kind, {f"use_{spacing}_sigmas": True}, 12, 31))
                c.append(run(kind, {f"use_{spacing}_sigmas": True, **COSINE, **V}, 9, 32))
        if kind != "heun":
            c.append(run(kind, dict(rescale_betas_zero_snr=True, **V, timestep_spacing="trailing"), 10, 33))
    c.append(run("euler", dict(final_sigmas_type="sigma_min", timestep_spacing="leading", steps_offset=5), 12, 34))
    c.append(run("euler", dict(use_karras_sigmas=True, sigma_min=0.05, sigma_max=20.0), 12, 35))
    c.append(run("heun", dict(clip_sample=True, clip_sample_range=0.8), 12, 36))
    # Models of EDM.
    for config in (dict(), dict(sigma_schedule="exponential"), dict(**V, sigma_data=1.0, sigma_max=40.0, rho=5.0)):
        c.append(run("euler", config, 18, 37, edm=True))
        for order in (1, 2, 3):
            c.append(run("dpmsolver++", dict(**config, solver_order=order), 18, 38, edm=True))
        for order in (1, 2):
            c.append(run("dpmsolver++-sde", dict(**config, solver_order=order, solver_type="midpoint" if order == 1 else "heun"), 10, 39, edm=True))
    c.append(run("dpmsolver++", dict(**threshold), 12, 40, edm=True))
    c.append(run("euler", dict(final_sigmas_type="sigma_min"), 9, 41, edm=True))
    # Lists that end on the final level already, from where upstream's Euler makes a step of no length.
    c.append(run("euler", dict(final_sigmas_type="sigma_min"), 12, 42))
    c.append(run("euler", dict(final_sigmas_type="sigma_min", use_exponential_sigmas=True, **V), 9, 43))
    c.append(run("euler", dict(final_sigmas_type="sigma_min", timestep_spacing="leading", **COSINE, **X0), 10, 44))
    write("sampler_runs.json", c)


# ---- a real network -------------------------------------------------------------------------------------------------

@torch.no_grad()
def unet_runs():
    """The small UNet of NetworksTests, random weights, 16 x 16."""
    unet = UNet2DModel.from_pretrained(HERE.parent / "networks" / "default_positional" / "unet").eval()
    c = []
    for kind in CLASSES:
        config = dict(beta_schedule="linear", **V)
        if kind == "heun":
            config.update(beta_start=0.0001, beta_end=0.02)
        elif kind == "dpmsolver++-sde":
            config["algorithm_type"] = "sde-dpmsolver++"
        first, last = loop(kind, CLASSES[kind](**config), 10, 42, (1, 16, 16), lambda x, t: unet(x, t).sample)
        c.append(dict(sampler=kind, config=config, steps=10, seed=42, shape=[1, 16, 16], options={}, first=bits(first), last=bits(last)))
    write("unet_runs.json", c)


# ---- published equations in float64 ---------------------------------------------------------------------------------

class Process:
    """A variance-preserving model as diffusers' tables describe it."""

    def __init__(self, config):
        scheduler = DDPMScheduler(**config)
        self.kind = scheduler.config.prediction_type
        self.abar = scheduler.alphas_cumprod.numpy().astype(np.float64)
        self.sigmas = np.sqrt((1 - self.abar) / self.abar)

    def timestep(self, sigma):
        """Where the table has this level: linear in its logarithm."""
        return float(np.interp(np.log(sigma), np.log(self.sigmas), np.arange(len(self.sigmas))))

    def image(self, x, t, signal, noise):
        out = network(x, t, np.float64)
        if self.kind == "epsilon":
            return (x - noise * out) / signal
        return out if self.kind == "sample" else signal * x - noise * out


class Draws:
    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self):
        return torch.randn((1, *SHAPE), generator=self.generator).numpy()[0].astype(np.float64)


def case(kind, config, steps, seed, options, first, last):
    assert np.isfinite(last).all(), (kind, config, options)
    return dict(sampler=kind, config=config, steps=steps, seed=seed, shape=list(SHAPE), options=options, first=bits(first), last=bits(last))


def edm(config, steps, seed, options={}, preconditioned=False):
    """Karras et al. 2022, algorithm 2, as NVlabs/edm generate.py runs it."""
    churn = options.get("churn", {})
    amount, low, high, s_noise = churn.get("amount", 0), churn.get("min", 0), churn.get("max", math.inf), churn.get("noise", 1)
    if preconditioned:
        data = config.get("sigma_data", 0.5)
        lowest, highest = config.get("sigma_min", 0.002), config.get("sigma_max", 80.0)

        def denoise(x, sigma):
            root = math.sqrt(sigma ** 2 + data ** 2)
            out = network(x / root, 0.25 * math.log(sigma), np.float64)
            return data ** 2 / root ** 2 * x + sigma * data / root * out
    else:
        process = Process(config)
        lowest, highest = max(0.002, process.sigmas[0]), min(80, process.sigmas[-1])

        def denoise(x, sigma):
            root = math.sqrt(sigma ** 2 + 1)
            return process.image(x / root, process.timestep(sigma), 1 / root, sigma / root)
    rho = config.get("rho", 7.0)
    ramp = np.arange(steps) / (steps - 1)
    levels = (highest ** (1 / rho) + ramp * (lowest ** (1 / rho) - highest ** (1 / rho))) ** rho
    levels = np.append(levels, 0)
    draw = Draws(seed)
    x = draw() * levels[0]
    first = None
    for i in range(steps):
        gamma = min(amount / steps, math.sqrt(2) - 1) if low <= levels[i] <= high else 0
        raised = levels[i] * (1 + gamma)
        if gamma > 0:
            x = x + math.sqrt(raised ** 2 - levels[i] ** 2) * s_noise * draw()
        first = x if first is None else first
        slope = (x - denoise(x, raised)) / raised
        end = x + (levels[i + 1] - raised) * slope
        if i < steps - 1:
            slope = 0.5 * slope + 0.5 * (end - denoise(end, levels[i + 1])) / levels[i + 1]
            end = x + (levels[i + 1] - raised) * slope
        x = end
    config = dict(config, _class_name="EDMEulerScheduler") if preconditioned else config
    return case("edm", config, steps, seed, options, first, x)


def predictor_corrector(config, steps, seed, options={}, spacing="linspace"):
    """Song et al. 2021, algorithms 3 and 5; score_sde sampling.py with a batch of one."""
    process = Process(config)
    scheduler = DDPMScheduler(**dict(config, timestep_spacing=spacing))
    scheduler.set_timesteps(steps)
    timesteps = scheduler.timesteps.tolist()
    snr, corrections = options.get("snr", 0.16), options.get("corrector_steps", 1)
    predictor = options.get("predictor", "reverse-diffusion")
    draw = Draws(seed)
    x = draw()
    first = x
    for i, t in enumerate(timesteps):
        abar = process.abar[t]
        beta = 1 - abar / (process.abar[timesteps[i + 1]] if i + 1 < steps else 1.0)
        deviation = math.sqrt(1 - abar)

        def score(x):
            image = process.image(x, t, math.sqrt(abar), deviation)
            return -(x - math.sqrt(abar) * image) / deviation ** 2
        for _ in range(corrections):
            gradient, z = score(x), draw()
            step = 2 * (1 - beta) * (snr * np.linalg.norm(z) / np.linalg.norm(gradient)) ** 2
            x = x + step * gradient + math.sqrt(2 * step) * z
        if predictor == "reverse-diffusion":
            forward = math.sqrt(1 - beta) * x - x
            mean = x - (forward - beta * score(x))
        elif predictor == "ancestral":
            mean = (x + beta * score(x)) / math.sqrt(1 - beta)
        else:
            mean = x - (-0.5 * beta * x - beta * score(x))
        x = mean + math.sqrt(beta) * draw()
    return case("predictor-corrector", dict(config, timestep_spacing=spacing), steps, seed, options, first, mean)


def probability_flow(config, steps, seed, options={}):
    """Song et al. 2021, eq. 13, by scipy's RK45 as score_sde's get_ode_sampler; then Tweedie's formula."""
    process = Process(config)
    count = len(process.abar)
    if config.get("beta_schedule") == "squaredcos_cap_v2":
        start, s = 0.9946, 0.008
        mean = lambda t: math.cos((t + s) / (1 + s) * math.pi / 2) / math.cos(s / (1 + s) * math.pi / 2)
        beta = lambda t: min(999, math.pi / (1 + s) * math.tan((t + s) / (1 + s) * math.pi / 2))
    elif config.get("beta_schedule") == "scaled_linear":
        start = 1.0
        low, high = math.sqrt(0.0001 * count), math.sqrt(0.02 * count)
        beta = lambda t: (low + t * (high - low)) ** 2
        mean = lambda t: math.exp(-0.5 * ((low + t * (high - low)) ** 3 - low ** 3) / (3 * (high - low)))
    else:
        start = 1.0
        low, high = 0.0001 * count, 0.02 * count
        beta = lambda t: low + t * (high - low)
        mean = lambda t: math.exp(-0.25 * t * t * (high - low) - 0.5 * t * low)

    def image(x, t):
        m = mean(t)
        deviation = math.sqrt(1 - m * m)
        return process.image(x, process.timestep(deviation / m), m, deviation)

    def drift(t, x):
        m = mean(t)
        score = -(x - m * image(x, t)) / (1 - m * m)
        return -0.5 * beta(t) * (x + score)
    x = Draws(seed)()
    tolerance = options.get("tolerance", 1e-5)
    solution = solve_ivp(drift, (start, 1e-3), x.ravel(), rtol=tolerance, atol=tolerance, method="RK45")
    assert solution.success
    golden = case("probability-flow", config, steps, seed, options, x, image(solution.y[:, -1], 1e-3))
    golden["evaluations"] = solution.nfev
    return golden


def equation_runs():
    c = []
    churn = dict(amount=40.0, min=0.05, max=50.0, noise=1.003)
    for config in (dict(**V), dict(), dict(**COSINE, **V), dict(beta_schedule="scaled_linear", **X0)):
        c.append(edm(config, 18, 50))
        c.append(edm(config, 12, 51, dict(churn=churn)))
        c.append(edm(config, 9, 52, dict(churn=dict(amount=3.0))))
        c.append(predictor_corrector(config, 25, 53))
        c.append(predictor_corrector(config, 1000, 54))
        c.append(predictor_corrector(config, 20, 55, dict(predictor="ancestral", corrector_steps=2, snr=0.1), "leading"))
        c.append(predictor_corrector(config, 20, 56, dict(predictor="euler-maruyama", corrector_steps=0), "trailing"))
        c.append(probability_flow(config, 1000, 57))
        c.append(probability_flow(config, 1000, 58, dict(tolerance=1e-3)))
    c.append(edm(dict(), 18, 59, preconditioned=True))
    c.append(edm(dict(sigma_data=1.0, rho=5.0), 18, 60, dict(churn=churn), preconditioned=True))
    write("equation_runs.json", c)


for make in (diffusers_runs, unet_runs, equation_runs):
    make()
