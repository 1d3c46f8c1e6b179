//! Verdicts of arrival checks that somebody overrode. The journal is all there is of them: an override is one entry, from
//! the verdict that it would have been to the one that it is.

use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::store::Base;
use super::write::check_text;
use serde_json::Value;

/// A verdict that was overridden.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivalOverride<'a> {
    /// The token of who did it.
    pub who: i64,
    pub why: &'a str,
    /// The verdict that it would have been.
    pub from: &'a str,
    pub to: &'a str,
    /// What else was known: the point, the distance, the reason.
    pub detail: Value,
}

impl Base {
    /// Writes an override into the journal; returns its number.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is no such token, [`BaseError::Invalid`] when a text cannot be stored.
    pub async fn log_override(
        &self,
        made: &ArrivalOverride<'_>,
        at_ms: i64,
    ) -> Result<i64, BaseError> {
        check_text("reason", made.why)?;
        let mut write = self.write(at_ms).await?;
        write.check_token(made.who).await?;
        let number = write.number();
        let entry = JournalEntry {
            number,
            subject: Subject::ArrivalOverride(number),
            from: Some(made.from.to_owned()),
            to: made.to.to_owned(),
            who: Some(made.who),
            at_ms,
            why: made.why.to_owned(),
            detail: Some(made.detail.clone()),
        };
        write.log(&entry).await?;
        write.commit().await
    }
}
