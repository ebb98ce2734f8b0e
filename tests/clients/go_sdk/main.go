// Sends a trace with the exporter that the argument names (http or grpc), a log record and three metrics by HTTP,
// configured by OTEL_* variables alone.
package main

import (
	"context"
	"errors"
	"log"
	"math"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otellog "go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func done(err error) {
	must(struct{}{}, err)
}

func main() {
	ctx := context.Background()
	ctx = sendSpans(ctx, os.Args[1])
	sendLogs(ctx)
	sendMetrics(ctx)
}

// sendSpans gives back a context in which the first of them is current.
func sendSpans(ctx context.Context, protocol string) context.Context {
	var exporter *otlptrace.Exporter
	if protocol == "grpc" {
		exporter = must(otlptracegrpc.New(ctx))
	} else {
		exporter = must(otlptracehttp.New(ctx))
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	tracer := provider.Tracer("go-sdk", trace.WithInstrumentationVersion("1.0.0"))
	orderCtx, order := tracer.Start(ctx, "order", trace.WithSpanKind(trace.SpanKindServer))
	order.SetAttributes(
		attribute.Float64("nan", math.NaN()),
		attribute.Float64Slice("numbers", []float64{math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64}),
		attribute.Int64("max", math.MaxInt64),
		attribute.String("text", "tea\x00\U0001F41D"),
		attribute.ByteSlice("bytes", []byte{0, 255}),
		attribute.Slice("nested", attribute.StringSliceValue([]string{"a", ""}), attribute.MapValue(attribute.Int("b", 1))),
		attribute.Bool("fast", true),
	)
	_, pay := tracer.Start(orderCtx, "pay", trace.WithLinks(trace.LinkFromContext(orderCtx)))
	pay.RecordError(errors.New("no such card"))
	pay.SetStatus(codes.Error, "no money")
	pay.End()
	order.End()
	done(provider.Shutdown(ctx))
	return orderCtx
}

func sendLogs(ctx context.Context) {
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(must(otlploghttp.New(ctx)))))
	var record otellog.Record
	record.SetSeverity(otellog.SeverityWarn)
	record.SetSeverityText("WARN")
	record.SetBody(attribute.MapValue(attribute.String("card", "refused"), attribute.Int("tries", 2)))
	record.AddAttributes(attribute.ByteSlice("raw", []byte{0, 255}))
	provider.Logger("go-sdk").Emit(ctx, record)
	done(provider.Shutdown(ctx))
}

func sendMetrics(ctx context.Context) {
	reader := sdkmetric.NewPeriodicReader(must(otlpmetrichttp.New(ctx)))
	exponential := sdkmetric.NewView(
		sdkmetric.Instrument{Name: "duration"},
		sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}},
	)
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithView(exponential))
	meter := provider.Meter("go-sdk")
	orders := must(meter.Int64Counter("orders", metric.WithUnit("{order}")))
	orders.Add(ctx, 3, metric.WithAttributes(attribute.String("shop", "north")))
	must(meter.Float64Gauge("temperature")).Record(ctx, math.Inf(-1))
	must(meter.Float64Histogram("duration")).Record(ctx, 2.5)
	done(provider.Shutdown(ctx))
}
