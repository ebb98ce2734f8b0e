//! The list of commands: each name once, with its request, its reply and how the reply travels.

/// Expands `$use!` with every command: `name(Request) -> Reply as json|columns`.
///
/// The dispatcher, the TypeScript map and the tests are all made from this one list.
#[macro_export]
macro_rules! commands {
    ($use:ident) => {
        $use! {
            /// The whole state of the house.
            status(Nothing) -> Status as json,
            /// The newest traces.
            traces(TracesRequest) -> TracesReply as json,
            /// One trace as a whole.
            trace(TraceRequest) -> TraceHead as columns,
            /// Its lines around those on the screen.
            trace_rows(TraceRowsRequest) -> TraceRowsHead as columns,
            /// The next span that matches, failed, or is on the critical path.
            trace_step(TraceStepRequest) -> TraceStepReply as json,
            /// It by its paths, alone or beside others.
            trace_shape(TraceShapeRequest) -> TraceShapeReply as json,
            /// It, or one of its spans, as it can be sent again.
            trace_otlp(TraceOtlpRequest) -> TraceOtlpReply as json,
            /// A page of log records.
            logs(LogsRequest) -> LogsReply as json,
            /// One span in full.
            span(SpanRequest) -> SpanDetail as json,
            /// A table.
            query(QueryRequest) -> QueryReply as json,
            /// A query in Skep's words and in Honeycomb's.
            translate(TranslateRequest) -> TranslateReply as json,
            /// Values over time.
            heatmap(HeatmapRequest) -> HeatmapHead as columns,
            /// Why a selection differs.
            bubbleup(BubbleupRequest) -> BubbleupReply as json,
            /// The answer to a SQL statement.
            sql(SqlRequest) -> SqlReply as json,
            /// Every field, for completion.
            fields(Nothing) -> FieldsReply as json,
            /// Adds or changes a destination of the tee.
            forward_save(ForwardSaveRequest) -> ForwardReply as json,
            /// Removes a destination, its key and its ledger.
            forward_remove(ForwardIdRequest) -> ForwardReply as json,
            /// Tries again now, as after a new key or when the network is back.
            forward_retry(ForwardIdRequest) -> ForwardReply as json,
            /// Keeps a trace whatever else has to leave for space or age, or lets it go.
            pin(PinRequest) -> Nothing as json,
            /// Lets a page or a name of this machine in, or no longer.
            allow(AllowRequest) -> Nothing as json,
            /// Begins a file, whose bytes follow as the host takes them.
            import_begin(ImportBeginRequest) -> ImportId as json,
            /// Stops a file after what is under way.
            import_stop(ImportId) -> Nothing as json,
            /// Forgets the files that ended.
            import_forget(Nothing) -> Nothing as json,
            /// Sends a few demo traces through the receiver's own path.
            demo(Nothing) -> DemoReply as json,
        }
    };
}

/// What the demo sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct DemoReply {
    /// Traces.
    pub n_traces: u32,
    /// Spans.
    pub n_spans: u32,
}
