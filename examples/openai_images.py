"""openai_images.py [ADDRESS [MODEL PROMPT PROMPT]]: an image by OpenAI's Python client, and the same with its middle filled in.

The prompts, of the image and of what fills it, name values of the model's attributes; `extra_body` takes what OpenAI's API has no
field for.
"""
import base64
import io
import os
import sys

import openai
from PIL import Image, ImageDraw

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
model = sys.argv[2] if len(sys.argv) > 2 else openai.omit
shown, filled = sys.argv[3:5] if len(sys.argv) > 4 else ("PA normal", "PA abnormal")
client = openai.OpenAI(base_url=address + "/v1", api_key=os.environ.get("PHANTOM_TOKEN", "none"))

made = client.images.generate(model=model, prompt=shown, n=1, extra_body={"steps": 20, "seed": 7})
content = base64.b64decode(made.data[0].b64_json)
with open("made.png", "wb") as file:
    file.write(content)

# What is transparent in the mask is filled.
mask = Image.new("RGBA", Image.open(io.BytesIO(content)).size, (0, 0, 0, 255))
ImageDraw.Draw(mask).rectangle([s // 4 for s in mask.size] + [3 * s // 4 for s in mask.size], fill=(0, 0, 0, 0))
buffer = io.BytesIO()
mask.save(buffer, "PNG")
edited = client.images.edit(
    image=("made.png", content, "image/png"), mask=("mask.png", buffer.getvalue(), "image/png"), prompt=filled,
    model=model, extra_body={"steps": 20})
with open("edited.png", "wb") as file:
    file.write(base64.b64decode(edited.data[0].b64_json))
print("made.png, edited.png")

try:
    client.images.generate(model=model, prompt="a cat")
except openai.BadRequestError as error:
    print(f"{error.param}: {error.body['message']}")
else:
    raise SystemExit("a word that names no value was taken")
