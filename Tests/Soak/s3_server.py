"""An S3 server (moto) on loopback that refuses what is not signed as botocore signs it: moto itself looks at no signature.

    s3_server.py PORT KEY SECRET BUCKET

Says "ready" when the bucket is there. With a file named in S3_FAULTS it answers 503 to as many requests as that says, and 507 to
those that write while it says "full". Needs moto[server] (PyPI).
"""
import hashlib, io, os, sys, threading
from urllib.parse import quote
import boto3, werkzeug.serving
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

port, key, secret, bucket = int(sys.argv[1]), *sys.argv[2:5]
REGION = "us-east-1"


def refusal(environ, body):
    """Why a request is not the one that was signed; None if it is."""
    words = environ.get("HTTP_AUTHORIZATION", "").replace(",", " ").split()
    if not words or words[0] != "AWS4-HMAC-SHA256":
        return "AccessDenied"
    fields = dict(word.split("=", 1) for word in words[1:])
    if fields["Credential"].split("/")[0] != key:
        return "InvalidAccessKeyId"
    signed = fields["SignedHeaders"].split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(signed):
        return "AccessDenied"
    if hashlib.sha256(body).hexdigest() != environ["HTTP_X_AMZ_CONTENT_SHA256"]:
        return "XAmzContentSHA256Mismatch"
    names = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
    headers = {name: environ[names.get(name, "HTTP_" + name.upper().replace("-", "_"))] for name in signed}
    query = environ.get("QUERY_STRING", "")
    url = f"http://{environ['HTTP_HOST']}{quote(environ['PATH_INFO'])}" + (f"?{query}" if query else "")
    request = AWSRequest(method=environ["REQUEST_METHOD"], url=url, headers=headers, data=body)
    request.context["timestamp"] = environ["HTTP_X_AMZ_DATE"]
    auth = S3SigV4Auth(Credentials(key, secret), "s3", fields["Credential"].split("/")[2])
    canonical = auth.canonical_request(request)
    if auth.signature(auth.string_to_sign(request, canonical), request) != fields["Signature"]:
        print(f"expected of\n{canonical}", file=sys.stderr, flush=True)
        return "SignatureDoesNotMatch"
    return None


def fault(environ):
    try:
        with open(os.environ["S3_FAULTS"]) as file:
            text = file.read().strip()
    except (KeyError, OSError):
        return None
    if text == "full":
        return "507 Insufficient Storage" if environ["REQUEST_METHOD"] == "PUT" else None
    count = int(text or 0)
    if count == 0:
        return None
    with open(os.environ["S3_FAULTS"], "w") as file:
        file.write(str(count - 1))
    return "503 Service Unavailable"


app = DomainDispatcherApplication(create_backend_app)


def checked(environ, answer):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    code, status = refusal(environ, body), "403 Forbidden"
    if code is None and (status := fault(environ)):
        code = "SlowDown" if status.startswith("503") else "XMinioStorageFull"
    if code is None:
        return app(environ, answer)
    answer(status, [("Content-Type", "application/xml")])
    return [f"<Error><Code>{code}</Code><Message>said the test's server</Message></Error>".encode()]


server = werkzeug.serving.make_server("127.0.0.1", port, checked, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id=key, aws_secret_access_key=secret,
                      region_name=REGION)
client.create_bucket(Bucket=bucket)
print("ready", flush=True)
threading.Event().wait()
