//! HTTP in, HTTP out, search between.

pub mod error;
pub mod eval;
pub mod geocodejson;
mod params;
mod point_params;
mod router;
mod routes;
pub mod search;
mod serve;
mod state;
mod telemetry;
mod watch;

pub use router::{openapi, router};
pub use serve::run;
pub use state::{AppState, Live, Refused};
pub use telemetry::{LogFormat, init_logs, init_metrics};
pub use watch::watch;
