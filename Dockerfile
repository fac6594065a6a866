# The site as an image: nothing in it can be changed by the process that serves, and no key is in it.
# tests/deploy/ runs what can be run without a Docker engine.
FROM python:3.13-slim AS packages

RUN python -m venv /opt/venv
COPY requirements.lock ./
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock


FROM python:3.13-slim

# It owns one folder, for what members upload; a volume in its place begins as its copy.
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin chat \
    && mkdir --mode=0700 /srv/files && chown chat:chat /srv/files
COPY --from=packages /opt/venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH" PYTHONUNBUFFERED=1

WORKDIR /srv/site
COPY manage.py ./
COPY chat ./chat
COPY chatproject ./chatproject
COPY locale ./locale
COPY static ./static
COPY templates ./templates
COPY scripts/serve.sh ./scripts/
COPY deploy/healthcheck.py ./deploy/
# Hashed and compressed once, here. Django wants a key to start with; this one is in no layer's environment.
RUN DEBUG=0 SECRET_KEY=for-the-build-alone python manage.py collectstatic --noinput --verbosity 0
RUN python -m compileall -q chat chatproject

USER 10001:10001
# Static files are in the image; migrations run once, before the processes that serve.
ENV HOST=0.0.0.0 PORT=8000 IS_PREPARED=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "deploy/healthcheck.py"]
CMD ["scripts/serve.sh"]
