# The HTTP service and its page, as an image (docs/container.md).
#
#     docker build -t vnlp-colab .
#     docker run --rm -p 8000:8000 vnlp-colab

# Pinned by tag. For builds that can be repeated bit by bit name a digest: BASE=python:3.13-slim-bookworm@sha256:...
ARG BASE=python:3.13-slim-bookworm
# What is put into the image and served, as `vnlp-colab serve --models` takes it. The Context models come with the package.
ARG MODELS=context

# The package as a wheel, by a build backend of known hashes.
FROM ${BASE} AS wheel
ARG PIP_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY container/build.lock ./
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --require-hashes --only-binary :all: -r build.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist .

# What it needs, the package, and the models. Compilers are in neither stage: whatever has no wheel fails.
FROM ${BASE} AS install
ARG PIP_INDEX_URL
# cpu or gpu: the lock file, and with it the build of ONNX Runtime.
ARG RUNTIME=cpu
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    VNLP_COLAB_HOME=/models
COPY container/${RUNTIME}.lock /src/requirements.lock
RUN python -m venv /opt/vnlp \
 && /opt/vnlp/bin/pip install --require-hashes --only-binary :all: -r /src/requirements.lock
COPY --from=wheel /dist /dist
RUN /opt/vnlp/bin/pip install --no-deps --no-index /dist/*.whl
ARG MODELS
# Further entries of `vnlp-colab models list`, separated by commas, such as TextResources.
ARG PULL=
# What models were converted from, and the locks of the cache, are of no use where nothing is written.
RUN /opt/vnlp/bin/vnlp-colab models pull "${MODELS}" ${PULL:+"${PULL}"} \
 && /opt/vnlp/bin/vnlp-colab models rm --sources \
 && rm -rf /models/locks

FROM ${BASE}
ARG BASE
ARG MODELS
LABEL org.opencontainers.image.title="vnlp-colab" \
      org.opencontainers.image.description="Annotates Turkish text over HTTP: tags, features, lemmas, trees, entities" \
      org.opencontainers.image.licenses="AGPL-3.0-or-later" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=install /opt/vnlp /opt/vnlp
COPY --from=install /models /models
# The models are there, so the network is forbidden. No user has a home: /tmp is where it could be written at most.
ENV PATH=/opt/vnlp/bin:${PATH} \
    HOME=/tmp \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    VNLP_COLAB_HOME=/models \
    VNLP_COLAB_OFFLINE=1 \
    VNLP_COLAB_SERVE_MODELS=${MODELS}
# A number, which orchestrators can see is not root; it owns nothing, and need not be in /etc/passwd.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
# Not urllib, which would ask a proxy that the container's environment names.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=4); c.request('GET', '/readyz'); raise SystemExit(c.getresponse().status != 200)"]
# As a list, so that the server is the process that gets SIGTERM.
ENTRYPOINT ["vnlp-colab", "serve", "--host", "0.0.0.0", "--port", "8000"]
