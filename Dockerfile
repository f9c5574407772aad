FROM python:3.11-slim AS build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py .
COPY accounts accounts
COPY openfinance openfinance
COPY pierre pierre
COPY templates templates
COPY whatsapp whatsapp
# Collecting the static files needs settings that load, and none of these values outlives the step.
RUN DATABASE_URL=postgres://none/none DJANGO_SECRET_KEY=build API_KEY_PEPPER=none \
    DJANGO_ALLOWED_HOSTS=none python manage.py collectstatic --no-input --skip-checks
RUN useradd --system pierre && install -d -o pierre /var/lib/pierre/seals
USER pierre
EXPOSE 8000
# The same image is the worker: `python manage.py worker`.
CMD ["gunicorn", "-c", "python:pierre.gunicorn"]
