"""Without the extra "serve" there is nothing to test."""

import pytest

for module in ("fastapi", "fastapi_offline", "httpx2", "prometheus_client", "structlog", "uvicorn"):
    pytest.importorskip(module, reason=f"needs the extra 'serve': {module}", exc_type=ImportError)
