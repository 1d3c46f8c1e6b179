//! The time of day. Everything else takes time as an argument.

use anyhow::Result;
use std::time::SystemTime;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Now, in UTC, in whole seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the clock"
)]
pub fn now() -> OffsetDateTime {
    let now = OffsetDateTime::from(SystemTime::now());
    now.replace_nanosecond(0).unwrap_or(now)
}

/// A time as `2026-01-31T02:00:00Z`.
///
/// # Errors
/// When the year has more than four digits.
pub fn rfc3339(time: OffsetDateTime) -> Result<String> {
    Ok(time.format(&Rfc3339)?)
}
