//! HTTP in, HTTP out, search between.

mod body;
mod casefile;
pub mod command;
pub mod edits;
pub mod error;
pub mod eval;
pub mod geocodejson;
pub mod live;
mod params;
pub mod people;
pub mod pickup;
mod point_params;
mod publication;
mod refusal;
mod router;
mod routes;
pub mod search;
mod serve;
mod state;
mod telemetry;
mod watch;

pub use body::MAX_BODY_BYTES;
pub use publication::{publish_all, publish_found};
pub use refusal::Refusal;
pub use router::{openapi, router};
pub use serve::run;
pub use state::{AppState, Clock, Live, Refused, Service};
pub use telemetry::{LogFormat, init_logs, init_metrics};
pub use watch::watch;
