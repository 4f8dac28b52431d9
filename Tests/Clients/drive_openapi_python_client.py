"""The round of a client that openapi-python-client has made: submit, wait, fetch, inpaint, enlarge, cancel.

    PYTHONPATH=GENERATED python drive_openapi_python_client.py http://127.0.0.1:8080
"""
import io
import json
import sys

from phantom_client import Client
from phantom_client.api.jobs import (
    cancel_job, create_generation, create_inpainting, create_super_resolution, create_verification, get_image,
    get_image_dicom, get_image_recipe, get_job)
from phantom_client.api.models import list_models
from phantom_client.models import (
    Condition, CreateVerificationFilesBody, GenerationRequest, InpaintingForm, InpaintingFormRequest, Sampler, Status,
    SuperResolutionRequest, SuperResolutionRequestScale)
from phantom_client.types import File

import base64
import pictures


def wait(client, job):
    """Long polls until the job has ended."""
    while job.status in (Status.QUEUED, Status.RUNNING):
        job = get_job.sync(job.id, client=client, wait=50)
    assert job.status == Status.SUCCEEDED, job
    return job


def main(address):
    client = Client(base_url=address, timeout=60)
    model = list_models.sync(client=client).items[0]
    side = model.width

    request = GenerationRequest(count=2, steps=4, sampler=Sampler.DDIM, seed="7", condition=Condition.from_dict({"study": "PA normal"}))
    job = create_generation.sync(client=client, body=request, idempotency_key="round-1")
    assert job.status in (Status.QUEUED, Status.RUNNING) and job.images == [], job
    job = wait(client, job)
    assert [image.seed for image in job.images] == ["7", "8"] and job.progress.images_done == 2
    png = get_image.sync(job.id, 0, client=client).payload.read()
    assert pictures.size(png) == (side, side)
    assert get_image_dicom.sync(job.id, 0, client=client).payload.read()[128:132] == b"DICM"
    recipe = get_image_recipe.sync(job.id, 0, client=client)
    assert recipe.seed == "7" and recipe.steps == 4 and recipe.sampler == "ddim"
    answer = get_image.sync_detailed(job.id, 1, client=client)
    assert answer.headers["Content-Disposition"] == f'inline; filename="{model.name}-8.png"', answer.headers
    print("submitted, waited, fetched: PNG, DICOM, recipe")

    body = InpaintingForm(
        image=File(io.BytesIO(png), "image.png", "image/png"),
        mask=File(io.BytesIO(pictures.middle_mask(side)), "mask.png", "image/png"),
        request=InpaintingFormRequest.from_dict({"steps": 4, "sampler": "ddim"}))
    filled = wait(client, create_inpainting.sync(client=client, body=body, prefer="wait=1"))
    assert filled.consistency.outside_change == 0
    filled_png = get_image.sync(filled.id, 0, client=client).payload.read()
    assert pictures.size(filled_png) == (side, side)
    print("inpainted, from a form")

    small = pictures.grey(side // 2, side // 2, lambda x, y: 3 * x + y)
    larger = SuperResolutionRequest(image=base64.b64encode(small).decode(), scale=SuperResolutionRequestScale(2), steps=4)
    enlarged = wait(client, create_super_resolution.sync(client=client, body=larger))
    assert pictures.size(get_image.sync(enlarged.id, 0, client=client).payload.read()) == (side, side)
    print("enlarged, from base64")

    body = CreateVerificationFilesBody(image=File(io.BytesIO(png), "image.png", "image/png"))
    assert wait(client, create_verification.sync(client=client, body=body)).equal is True
    print("verified")

    job = create_generation.sync(client=client, body=GenerationRequest(count=64, steps=500))
    job = cancel_job.sync(job.id, client=client)
    while job.status == Status.RUNNING:
        job = get_job.sync(job.id, client=client, wait=50)
    assert job.status == Status.CANCELLED, job
    print("cancelled")

    refused = create_generation.sync(client=client, body=GenerationRequest(steps=1_000_000))
    assert refused.status == 422 and refused.errors[0].pointer == "#/steps", refused
    print("refused, with the field named:", json.dumps(refused.errors[0].to_dict()))


main(sys.argv[1])
