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
            /// Those further down a list.
            traces_page(TracesPageRequest) -> TracesPageReply as json,
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
            /// A table's groups over time.
            series(SeriesRequest) -> SeriesHead as columns,
            /// Moments that were given a name.
            markers(MarkersRequest) -> MarkersReply as json,
            /// Events themselves, newest first.
            events(EventsRequest) -> EventsReply as json,
            /// Queries that were asked, and those with a name.
            queries(Nothing) -> QueriesReply as json,
            /// Remembers one that was asked.
            query_ran(QueryRanRequest) -> QueriesReply as json,
            /// Gives one a name.
            query_save(QuerySaveRequest) -> QueriesReply as json,
            /// Takes a name back, or forgets what was asked.
            query_forget(QueryForgetRequest) -> QueriesReply as json,
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
            /// Tries an address and a key.
            forward_check(ForwardCheckRequest) -> ForwardCheckReply as json,
            /// Sends stored events to a destination now.
            forward_send(ForwardSendRequest) -> ForwardSent as json,
            /// What a destination refused, to be looked at.
            forward_letters(ForwardLettersRequest) -> ForwardLettersReply as json,
            /// Sends it once more.
            forward_resend(ForwardLettersOf) -> ForwardSent as json,
            /// Lets it go.
            forward_forget(ForwardLettersOf) -> Nothing as json,
            /// What a policy makes of one record.
            forward_preview(ForwardPreviewRequest) -> ForwardPreviewReply as json,
            /// How much would leave under it.
            forward_estimate(ForwardEstimateRequest) -> ForwardEstimateReply as json,
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
            /// Every setting as it is now.
            settings(Nothing) -> SettingsReply as json,
            /// Writes a setting into its file and follows it.
            settings_save(SettingsSaveRequest) -> SettingsReply as json,
            /// Puts receiving off, or goes on.
            pause(PauseRequest) -> Nothing as json,
            /// Lets everything that is stored go, pinned traces too.
            clear(Nothing) -> Nothing as json,
            /// Makes the store's file as small as what it holds.
            compact(Nothing) -> Nothing as json,
            /// What to send along when something is wrong, without a value of anybody's telemetry.
            report(Nothing) -> ReportReply as json,
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
