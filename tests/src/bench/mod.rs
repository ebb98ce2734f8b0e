//! What `make bench` measures: Skep, and beside it in the same run DuckDB, the ClickHouse engine and a plain SQLite
//! table, over the same events.

pub mod data;
