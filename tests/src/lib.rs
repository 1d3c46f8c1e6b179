//! The harness of everything that spans the crates: maps as text, an app without sockets, the built programs, bases on
//! both databases, and what riders may type.

mod app;
mod bases;
mod binaries;
mod browser;
mod machine;
mod map;
mod mix;
mod pickup_judge;
mod postgres;
mod reports;
mod sources;

pub use app::{Reply, TestApp, encode, plan};
pub use bases::{NOW_MS, TestBase, block_on, change, rename, secret_of};
pub use binaries::{
    Output, ServerProcess, http, http_get, kill_indexer_after, run_indexer, run_server, try_http,
    watch_indexer,
};
pub use browser::Browser;
pub use machine::{Machine, append_report};
pub use map::MapFixture;
pub use mix::{Mix, MixKind, MixQuery};
pub use pickup_judge::{PickupJudge, Proposal, Verdict};
pub use postgres::{Cluster, Fsync};
pub use reports::{ScriptedReport, scripted_reports};
pub use sources::places_by_source;

use std::path::PathBuf;

/// A bundled extract.
pub fn extract(name: &str) -> PathBuf {
    data_folder().join("osm").join(format!("{name}.osm.pbf"))
}

/// The folder of bundled data.
pub fn data_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data")
}
