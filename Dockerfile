# One image for the service and its workers.
FROM python:3.13-slim AS build
ENV UV_LINK_MODE=copy
WORKDIR /app
RUN pip install --no-cache-dir uv==0.13.8 && python -m venv /app/.venv
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN uv pip install --python /app/.venv/bin/python --require-hashes --compile-bytecode -r requirements.lock
COPY bot bot
COPY campaigns campaigns
COPY channels channels
COPY store store
COPY service service
COPY console console
COPY sandbox sandbox
COPY locales locales
RUN uv pip install --python /app/.venv/bin/python --no-deps --no-build-isolation --compile-bytecode .

FROM python:3.13-slim
# Fonts for charts as pictures, in every script residents read.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-core && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --create-home genklang && mkdir /data && chown genklang /data
COPY --from=build /app/.venv /app/.venv
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GENKLANG_HOST=0.0.0.0 \
    GENKLANG_DATABASE_URL=sqlite:////data/genklang.db
USER genklang
WORKDIR /data
VOLUME /data
EXPOSE 8000 8025
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["genklang"]
CMD ["serve"]
