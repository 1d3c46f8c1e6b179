//! When the next run is due.

use std::str::FromStr;
use time::{OffsetDateTime, Time};

/// A time of day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(Time);

impl FromStr for TimeOfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<TimeOfDay, String> {
        let wrong = || format!("expected a time of day such as `02:00`, got `{text}`");
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        let number = |t: &str| t.parse::<u8>().ok().filter(|_| t.len() == 2);
        let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(wrong)?;
        let time = Time::from_hms(hour, minute, 0).ok();
        time.map(TimeOfDay).ok_or_else(wrong)
    }
}

/// Seconds from `now` until the next time it is `at`; a whole day when it is just that.
pub fn seconds_until(at: TimeOfDay, now: OffsetDateTime) -> u64 {
    let today = now.replace_time(at.0);
    let next = if today > now {
        today
    } else {
        today + time::Duration::days(1)
    };
    (next - now).whole_seconds().unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_run_is_today_or_tomorrow() {
        let at: TimeOfDay = "02:00".parse().unwrap();
        let day = OffsetDateTime::UNIX_EPOCH;
        let hours = |h: i64| seconds_until(at, day + time::Duration::hours(h));
        assert_eq!(
            (hours(0), hours(1), hours(2), hours(3)),
            (7_200, 3_600, 86_400, 82_800)
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in ["", "2", "2:00", "24:00", "02:60", "02:00:00", "ab:cd"] {
            assert!(wrong.parse::<TimeOfDay>().is_err(), "{wrong}");
        }
    }
}
