"""An S3 server (moto) on loopback that refuses what is not signed as botocore signs it: moto itself looks at no signature.

    s3_server.py PORT KEY SECRET BUCKET

Says "ready" when the bucket is there. With a file named in S3_FAULTS it answers 503 to as many requests as that says, and while it
says "full" 507 to those that write, "expired" that the token has expired to all, "slow SECONDS" so late; "cut N" ends the connection
in the middle of as many answers. Needs moto[server] (PyPI).
"""
import hashlib, io, os, socket, sys, threading, time
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
    if any(names.get(name, "HTTP_" + name.upper().replace("-", "_")) not in environ for name in signed):
        return "SignatureDoesNotMatch"
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
    """Status and code of an answer that is not moto's, or "cut"; None if there is no fault."""
    try:
        with open(os.environ["S3_FAULTS"]) as file:
            kind, _, number = file.read().strip().partition(" ")
    except (KeyError, OSError):
        return None
    if kind == "full":
        return ("507 Insufficient Storage", "XMinioStorageFull") if environ["REQUEST_METHOD"] == "PUT" else None
    if kind == "expired":
        return "400 Bad Request", "ExpiredToken"
    if kind == "slow":
        time.sleep(float(number))
        return None
    count = int(number or 0) if kind == "cut" else int(kind or 0)
    if count == 0:
        return None
    with open(f"{os.environ['S3_FAULTS']}.{threading.get_ident()}", "w") as file:
        file.write(f"cut {count - 1}" if kind == "cut" else str(count - 1))
    os.replace(file.name, os.environ["S3_FAULTS"])
    return "cut" if kind == "cut" else ("503 Service Unavailable", "SlowDown")


app = DomainDispatcherApplication(create_backend_app)


def checked(environ, answer):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    code, status = refusal(environ, body), "403 Forbidden"
    if code is None and (found := fault(environ)):
        if found == "cut":
            answer("200 OK", [("Content-Length", "100000")])
            environ["werkzeug.socket"].sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nnot all of it")
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return []
        status, code = found
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
