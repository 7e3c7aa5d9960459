FROM python:3.11-slim AS packages
RUN pip install --no-cache-dir uv==0.13.9
COPY requirements.txt .
RUN python -m venv /opt/clinic \
    && uv pip install --no-cache --python /opt/clinic/bin/python --require-hashes --compile-bytecode \
        --requirements requirements.txt

FROM python:3.11-slim
# DATA_DIR holds what can be made anew: static files and beat's schedule. The data is in PostgreSQL.
ENV PATH=/opt/clinic/bin:$PATH PYTHONUNBUFFERED=1 DEBUG=false DATA_DIR=/var/lib/clinic HOST=0.0.0.0
RUN useradd --uid 10001 --no-create-home clinic && install --directory --owner clinic --group clinic $DATA_DIR
# For `manage.py backup` and `restore`: PostgreSQL's programs, of the server's version or newer, and age.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends age ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --yes --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=packages /opt/clinic /opt/clinic
WORKDIR /srv/clinic
COPY . .
RUN python -m compileall -q .
USER clinic
# The settings refuse to load without these; none of them stays in the image.
RUN SECRET_KEY=only-for-this-one-step-only-for-this-one-step-only-for-this-one-step \
    ALLOWED_HOSTS=localhost EMAIL_URL=smtp://localhost \
    python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
CMD ["gunicorn", "clinic.wsgi"]
