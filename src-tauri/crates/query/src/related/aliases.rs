//! Old and new names of one attribute in OpenTelemetry's semantic conventions. Services move from one to the other at
//! different times, so a question by either name is answered from both.
//!
//! Only plain renames stand here: what was split in two, or has other values since, would be answered wrongly
//! (<https://opentelemetry.io/docs/specs/semconv/>, the registry's deprecated attributes, and the migration guides for
//! HTTP, databases and code).

use skep_model::Text;
use std::collections::BTreeSet;

/// Names of the same thing, the present one first.
const ALIASES: &[&[&str]] = &[
    // HTTP, stable since 1.23
    &["http.request.method", "http.method"],
    &["http.response.status_code", "http.status_code"],
    &["http.request.body.size", "http.request_content_length"],
    &["http.response.body.size", "http.response_content_length"],
    &["http.request.resend_count", "http.resend_count"],
    &["url.full", "http.url"],
    &["url.scheme", "http.scheme"],
    &["client.address", "http.client_ip"],
    &["user_agent.original", "http.user_agent"],
    // Network
    &["network.protocol.name", "net.protocol.name", "net.app.protocol.name"],
    &["network.protocol.version", "net.protocol.version", "net.app.protocol.version", "http.flavor"],
    &["network.peer.address", "net.sock.peer.addr"],
    &["network.peer.port", "net.sock.peer.port"],
    &["network.local.address", "net.sock.host.addr"],
    &["network.local.port", "net.sock.host.port"],
    // Databases, stable since 1.33
    &["db.system.name", "db.system"],
    &["db.namespace", "db.name"],
    &["db.query.text", "db.statement"],
    &["db.operation.name", "db.operation"],
    &[
        "db.collection.name",
        "db.sql.table",
        "db.cassandra.table",
        "db.mongodb.collection",
        "db.cosmosdb.container",
    ],
    &["db.response.status_code", "db.cosmosdb.status_code"],
    // Messaging
    &["messaging.destination.name", "messaging.destination"],
    &["messaging.message.id", "messaging.message_id"],
    &["messaging.message.conversation_id", "messaging.conversation_id"],
    &["messaging.operation.type", "messaging.operation"],
    &["messaging.consumer.group.name", "messaging.kafka.consumer.group", "messaging.kafka.consumer_group"],
    &[
        "messaging.destination.partition.id",
        "messaging.kafka.destination.partition",
        "messaging.kafka.partition",
    ],
    &["messaging.kafka.offset", "messaging.kafka.message.offset"],
    // Code, stable since 1.33
    &["code.file.path", "code.filepath"],
    &["code.line.number", "code.lineno"],
    &["code.column.number", "code.column"],
    // Resources
    &["deployment.environment.name", "deployment.environment"],
    &["telemetry.distro.version", "telemetry.auto.version"],
    &["faas.invocation_id", "faas.execution"],
    &["cloud.resource_id", "faas.id"],
    &["otel.scope.name", "otel.library.name"],
    &["otel.scope.version", "otel.library.version"],
    // Generative AI
    &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"],
    &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"],
    &["gen_ai.provider.name", "gen_ai.system"],
];

/// Every name of a field that has several, the present one first.
pub(crate) fn aliases_of(field: &str) -> Option<&'static [&'static str]> {
    ALIASES.iter().find(|names| names.contains(&field)).copied()
}

/// Of each field that is stored under several names these, the present one first.
pub(crate) fn names_of_one(stored: &BTreeSet<Text>) -> impl Iterator<Item = &'static [&'static str]> {
    let is_several = |names: &&&[&str]| names.iter().filter(|name| stored.contains(**name)).count() > 1;
    ALIASES.iter().filter(is_several).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_means_one_thing() {
        let mut seen = BTreeSet::new();
        for name in ALIASES.iter().copied().flatten() {
            assert!(seen.insert(name), "{name} stands twice");
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c)),
                "{name}"
            );
        }
        assert!(ALIASES.iter().all(|names| names.len() > 1));
        assert_eq!(aliases_of("http.route"), None);
        assert_eq!(aliases_of("db.statement"), Some(&["db.query.text", "db.statement"][..]));
    }
}
