//! How often somebody may ask: a bucket per token or client address, filled at a steady rate.

use crate::error::ApiError;
use crate::refusal::Refusal;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// After how many questions full buckets are forgotten, so that their number stays that of recent askers.
const SWEEP_EVERY: u64 = 4096;

/// So many at once, and as many again in each period; or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    Off,
    Per { count: NonZeroU32, period: Duration },
}

impl Rate {
    /// So many per minute.
    ///
    /// # Panics
    /// When it is none.
    pub const fn per_minute(count: u32) -> Rate {
        Rate::per(count, 60)
    }

    /// So many per hour.
    ///
    /// # Panics
    /// When it is none.
    pub const fn per_hour(count: u32) -> Rate {
        Rate::per(count, 3600)
    }

    const fn per(count: u32, seconds: u64) -> Rate {
        Rate::Per {
            count: NonZeroU32::new(count).expect("a rate above zero"),
            period: Duration::from_secs(seconds),
        }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        let wrong =
            || format!("expected a rate such as `600/m`, `50/s`, `1000/h` or `off`, got `{text}`");
        if text == "off" {
            return Ok(Rate::Off);
        }
        let (count, period) = text.split_once('/').ok_or_else(wrong)?;
        let count: NonZeroU32 = count.parse().ok().ok_or_else(wrong)?;
        let seconds = match period {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            _ => return Err(wrong()),
        };
        Ok(Rate::Per {
            count,
            period: Duration::from_secs(seconds),
        })
    }
}

/// Whose bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asker {
    Token(i64),
    Address(IpAddr),
}

/// The buckets of one kind of question.
pub(super) struct Limit {
    buckets: Option<DefaultKeyedRateLimiter<Asker>>,
    clock: DefaultClock,
    asked: AtomicU64,
}

impl Limit {
    pub(super) fn new(rate: Rate) -> Limit {
        let quota = match rate {
            Rate::Off => None,
            Rate::Per { count, period } => {
                Quota::with_period(period / count.get()).map(|q| q.allow_burst(count))
            }
        };
        Limit {
            buckets: quota.map(RateLimiter::keyed),
            clock: DefaultClock::default(),
            asked: AtomicU64::new(0),
        }
    }

    /// Counts one question.
    ///
    /// # Errors
    /// [`Refusal::TooMany`] with the time after which the next one is answered.
    pub(super) fn count(&self, asker: Asker) -> Result<(), ApiError> {
        let Some(buckets) = &self.buckets else {
            return Ok(());
        };
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
        buckets.check_key(&asker).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            // Rounded up: a client that waits that long is answered.
            let retry_after_s = wait.as_secs() + 1;
            metrics::counter!("rate_limited_total").increment(1);
            Refusal::TooMany { retry_after_s }.into()
        })
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Limit({})",
            if self.buckets.is_some() { "on" } else { "off" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_or_refused() {
        assert_eq!("3000/m".parse(), Ok(Rate::per_minute(3000)));
        assert_eq!("off".parse(), Ok(Rate::Off));
        for wrong in ["", "0/s", "-1/s", "5", "5/d", "/s", "5/s/s"] {
            assert!(
                wrong.parse::<Rate>().unwrap_err().contains("600/m"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn one_asker_does_not_use_up_what_another_may() {
        let limit = Limit::new(Rate::per_hour(2));
        let (one, two) = (Asker::Token(1), Asker::Address(IpAddr::from([1, 2, 3, 4])));
        assert!(limit.count(one).is_ok() && limit.count(one).is_ok());
        let refused = limit.count(one).unwrap_err();
        let ApiError::Refused(Refusal::TooMany { retry_after_s }) = refused else {
            panic!("{refused:?}");
        };
        assert!((1700..=1801).contains(&retry_after_s), "{retry_after_s}");
        assert!(limit.count(two).is_ok());
        let off = Limit::new(Rate::Off);
        assert!((0..10_000).all(|_| off.count(one).is_ok()));
    }
}
