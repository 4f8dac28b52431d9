"""The round of a client that openapi-generator has made (python): submit, wait, fetch, inpaint, enlarge, cancel.

    PYTHONPATH=GENERATED python drive_openapi_generator.py http://127.0.0.1:8080
"""
import base64
import json
import sys

import phantom_client
from phantom_client import (
    ApiClient, Configuration, ConditionValue, GenerationRequest, InpaintingRequest, JobsApi, ModelsApi,
    Sampler, Seed, Status, SuperResolutionRequest)

import pictures


def wait(jobs, job):
    """Long polls until the job has ended."""
    while job.status in (Status.QUEUED, Status.RUNNING):
        job = jobs.get_job(job.id, wait=50)
    assert job.status == Status.SUCCEEDED, job
    return job


def base64_text(content):
    return base64.b64encode(content).decode()


def main(address):
    client = ApiClient(Configuration(host=address))
    jobs = JobsApi(client)
    model = ModelsApi(client).list_models().items[0]
    side = model.width

    request = GenerationRequest(
        count=2, steps=4, sampler=Sampler.DDIM, seed=Seed("7"), condition={"study": ConditionValue("PA normal")})
    job = jobs.create_generation(request, idempotency_key="round-2")
    assert job.status in (Status.QUEUED, Status.RUNNING) and job.images == [], job
    job = wait(jobs, job)
    assert [image.seed for image in job.images] == ["7", "8"] and job.progress.images_done == 2
    png = bytes(jobs.get_image(job.id, 0))
    assert pictures.size(png) == (side, side)
    assert bytes(jobs.get_image_dicom(job.id, 0))[128:132] == b"DICM"
    recipe = jobs.get_image_recipe(job.id, 0)
    assert recipe.seed == "7" and recipe.steps == 4 and recipe.sampler == "ddim"
    answer = jobs.get_image_with_http_info(job.id, 1)
    assert answer.headers["Content-Disposition"] == f'inline; filename="{model.name}-8.png"', answer.headers
    print("submitted, waited, fetched: PNG, DICOM, recipe")

    request = InpaintingRequest(
        image=base64_text(png), mask=base64_text(pictures.middle_mask(side)), steps=4, sampler=Sampler.DDIM)
    filled = wait(jobs, jobs.create_inpainting(request, prefer="wait=1"))
    assert filled.consistency.outside_change == 0
    assert pictures.size(bytes(jobs.get_image(filled.id, 0))) == (side, side)
    print("inpainted, from base64")

    small = pictures.grey(side // 2, side // 2, lambda x, y: 3 * x + y)
    enlarged = wait(jobs, jobs.create_super_resolution(SuperResolutionRequest(image=base64_text(small), scale=2, steps=4)))
    assert pictures.size(bytes(jobs.get_image(enlarged.id, 0))) == (side, side)
    print("enlarged, from base64")

    verified = wait(jobs, jobs.create_verification(png, _content_type="image/png"))
    assert verified.equal is True
    print("verified")

    job = jobs.create_generation(GenerationRequest(count=64, steps=500))
    job = jobs.cancel_job(job.id)
    while job.status == Status.RUNNING:
        job = jobs.get_job(job.id, wait=50)
    assert job.status == Status.CANCELLED, job
    print("cancelled")

    try:
        jobs.create_generation(GenerationRequest(steps=1_000_000))
        raise SystemExit("a million steps were accepted")
    except phantom_client.exceptions.UnprocessableEntityException as refusal:
        error = json.loads(refusal.body)["errors"][0]
        assert refusal.status == 422 and error["pointer"] == "#/steps", refusal
        print("refused, with the field named:", json.dumps(error))


main(sys.argv[1])
