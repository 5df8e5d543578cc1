"""Where traces go: an OTLP collector, which may be away for as long as it likes. Nobody waits for it, and the log says so once. What is traced lives in `tracing`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

log = structlog.get_logger("traces")


class Told(SpanExporter):
    """Hands spans on, and says when that begins to fail and when it goes well again; what fails is given up."""

    def __init__(self, onward: SpanExporter) -> None:
        self._onward = onward
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Called in the processor's own thread; may take as long as OTEL_EXPORTER_OTLP_TIMEOUT says."""
        result = self._onward.export(spans)
        is_away = result is not SpanExportResult.SUCCESS
        if is_away and not self._is_away:
            log.warning("the collector takes no traces: they are dropped")
        elif self._is_away and not is_away:
            log.info("the collector takes traces again")
        self._is_away = is_away
        return result

    def shutdown(self) -> None:
        """Let go of the collector."""
        self._onward.shutdown()


def exporting() -> SpanProcessor:
    """What hands spans to the collector of the standard variables, in batches, in a thread of its own."""
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it would complain of every attempt
    return BatchSpanProcessor(Told(OTLPSpanExporter()))
