"""Asks a running server through public clients as they are: every answer has to be that of `ember classify`.

Usage: serve_clients.py tritonclient|kserve HTTP GRPC EXPECTED: two addresses and the results of `ember classify --format json --logits`.
The two packages register the same messages, so that one process can have only one of them.
"""

import asyncio
import json
import sys

import numpy as np

MODEL = "squeezenet"
OUTPUTS = ["sums", "class_ids", "labels", "probabilities"]


def inputs(client, files, **how):
    tensor = client.InferInput("encoded", [len(files)], "BYTES")
    tensor.set_data_from_numpy(np.array(files, dtype=np.object_), **how)
    return [tensor]


def outputs(client, **how):
    return [client.InferRequestedOutput(name, **how) for name in OUTPUTS]


def hold(result, expected, what):
    sums = np.array([one["sums"] for one in expected], dtype=np.uint32)
    np.testing.assert_array_equal(result.as_numpy("sums"), sums, what)
    for row, one in enumerate(expected):
        classes = [prediction["class"] for prediction in one["predictions"]]
        assert result.as_numpy("class_ids")[row].tolist() == classes, what
        labels = [label.decode() if isinstance(label, bytes) else label for label in result.as_numpy("labels")[row]]
        assert labels == [prediction["name"] for prediction in one["predictions"]], what
        probabilities = np.array([prediction["probability"] for prediction in one["predictions"]], dtype=np.float32)
        np.testing.assert_array_equal(result.as_numpy("probabilities")[row][classes], probabilities, what)


def triton(client, address, how, images):
    """The blocking client, `images` in batches of 7."""
    from tritonclient.utils import InferenceServerException

    with client.InferenceServerClient(address) as server:
        assert server.is_server_live() and server.is_server_ready() and server.is_model_ready(MODEL)
        assert server.is_model_ready(MODEL, "1")
        server.get_server_metadata(), server.get_model_metadata(MODEL), server.get_model_config(MODEL)
        server.get_inference_statistics(MODEL), server.get_model_repository_index()
        for at in range(0, len(images), 7):
            files, expected = zip(*images[at : at + 7])
            result = server.infer(MODEL, inputs(client, files), outputs=outputs(client, **how), request_id=f"batch {at}")
            hold(result, expected, f"{client.__name__} {how}")
            # without outputs, all of them
            hold(server.infer(MODEL, inputs(client, files)), expected, f"{client.__name__}, all outputs")
        for wrong, says in [((MODEL, "2"), "there is no version"), (("other", ""), "there is no model")]:
            try:
                server.infer(wrong[0], inputs(client, [images[0][0]]), model_version=wrong[1])
            except InferenceServerException as refusal:
                assert says in refusal.message(), refusal
            else:
                raise AssertionError(f"{wrong} is answered")


def triton_pixels(client, address, how):
    """Pixels in JSON and in bytes are the same image."""
    pixels = np.arange(2 * 227 * 227 * 3, dtype=np.uint32).astype(np.uint8).reshape(2, 227, 227, 3)
    with client.InferenceServerClient(address) as server:
        results = []
        for options in how:
            tensor = client.InferInput("images", pixels.shape, "UINT8")
            tensor.set_data_from_numpy(pixels, **options)
            results.append(server.infer(MODEL, [tensor]).as_numpy("sums"))
        return results


async def triton_async(client, address, images):
    """The client for asyncio, all requests at once."""
    async with client.InferenceServerClient(address) as server:
        calls = [server.infer(MODEL, inputs(client, [file])) for file, _ in images]
        for result, (_, expected) in zip(await asyncio.gather(*calls), images):
            hold(result, [expected], client.__name__)


def tritonclient(http, grpc, images):
    """Triton's clients, all four."""
    import tritonclient.grpc
    import tritonclient.grpc.aio
    import tritonclient.http
    import tritonclient.http.aio

    triton(tritonclient.http, http, {"binary_data": True}, images)
    triton(tritonclient.http, http, {"binary_data": False}, images)
    triton(tritonclient.grpc, grpc, {}, images)
    asyncio.run(triton_async(tritonclient.http.aio, http, images))
    asyncio.run(triton_async(tritonclient.grpc.aio, grpc, images))
    first, *others = triton_pixels(tritonclient.http, http, [{"binary_data": True}, {"binary_data": False}])
    others += triton_pixels(tritonclient.grpc, grpc, [{}])
    assert all(np.array_equal(first, other) for other in others)
    return "http binary and JSON, grpc, both also with asyncio"


def kserve(http, grpc, images):
    """KServe's own clients."""
    from kserve import InferenceRESTClient, InferInput, InferRequest
    from kserve.inference_client import InferenceGRPCClient, RESTConfig

    async def ask():
        rest = InferenceRESTClient(RESTConfig(protocol="v2"))
        remote = InferenceGRPCClient(grpc)
        assert await rest.is_server_ready(f"http://{http}") and await remote.is_server_ready()
        for file, expected in images:
            tensor = InferInput("encoded", [1], "BYTES")
            tensor.set_data_from_numpy(np.array([file], dtype=np.object_), binary_data=True)
            request = InferRequest(model_name=MODEL, infer_inputs=[tensor])
            for answer in (await rest.infer(f"http://{http}", request, model_name=MODEL), await remote.infer(request)):
                sums = next(output for output in answer.outputs if output.name == "sums").as_numpy()
                np.testing.assert_array_equal(sums.reshape(-1), np.array(expected["sums"], dtype=np.uint32))
        await rest.close()
        await remote.close()

    asyncio.run(ask())
    return "REST and gRPC"


def main():
    package, http, grpc, expected = sys.argv[1:]
    with open(expected, encoding="utf-8") as file:
        results = json.load(file)
    images = []
    for result in results:
        with open(result["path"], "rb") as file:
            images.append((file.read(), result))
    forms = {"tritonclient": tritonclient, "kserve": kserve}[package](http, grpc, images)
    print(f"{len(images)} images through {package}: {forms}")


if __name__ == "__main__":
    main()
