//! The journal: every change of state of anything, with its number in the feed, who, when and why.

use super::edit::Edit;
use super::edits::{EDIT_COLUMNS, EDIT_TABLES, read_edit, read_json};
use super::error::BaseError;
use super::store::{Base, Statement};
use super::write::Write;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// Edits in force are read in pages of this many.
const PAGE: i64 = 5_000;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    Edit(i64),
    Token(i64),
    Report(i64),
    Case(i64),
    /// A verdict of an arrival check that somebody overrode.
    ArrivalOverride(i64),
    Zone(i64),
    Pin(i64),
    /// A learnt spot.
    Spot(i64),
}

impl Subject {
    fn kind(self) -> &'static str {
        match self {
            Subject::Edit(_) => "edit",
            Subject::Token(_) => "token",
            Subject::Report(_) => "report",
            Subject::Case(_) => "case",
            Subject::ArrivalOverride(_) => "arrival_override",
            Subject::Zone(_) => "zone",
            Subject::Pin(_) => "pin",
            Subject::Spot(_) => "spot",
        }
    }

    /// The id within its kind.
    pub fn id(self) -> i64 {
        match self {
            Subject::Edit(id)
            | Subject::Token(id)
            | Subject::Report(id)
            | Subject::Case(id)
            | Subject::ArrivalOverride(id)
            | Subject::Zone(id)
            | Subject::Pin(id)
            | Subject::Spot(id) => id,
        }
    }

    fn read(kind: &str, id: i64) -> Result<Subject, BaseError> {
        match kind {
            "edit" => Ok(Subject::Edit(id)),
            "token" => Ok(Subject::Token(id)),
            "report" => Ok(Subject::Report(id)),
            "case" => Ok(Subject::Case(id)),
            "arrival_override" => Ok(Subject::ArrivalOverride(id)),
            "zone" => Ok(Subject::Zone(id)),
            "pin" => Ok(Subject::Pin(id)),
            "spot" => Ok(Subject::Spot(id)),
            other => Err(BaseError::Internal(format!(
                "a journal entry about `{other}`"
            ))),
        }
    }
}

/// One change of state.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalEntry {
    /// Its number in the feed: 1, 2, 3 … over everything.
    pub number: i64,
    pub subject: Subject,
    /// None when the subject is new.
    pub from: Option<String>,
    pub to: String,
    /// The token of who did it; none for the program itself.
    pub who: Option<i64>,
    /// Milliseconds since 1970 UTC.
    pub at_ms: i64,
    pub why: String,
    pub detail: Option<Value>,
}

/// A change of an edit, and the edit as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct EditChange {
    pub entry: JournalEntry,
    pub edit: Edit,
}

/// All edits in force, in the order in which they came into force.
#[derive(Debug, Clone, PartialEq)]
pub struct InForce {
    /// Every change up to this number is in it; follow with [`Base::changes_since`] from here.
    pub as_of: i64,
    pub edits: Vec<Edit>,
}

/// An edit in force with the number of the change by which it came into force.
pub type NumberedEdit = (i64, Edit);

const ENTRY_COLUMNS: &str =
    "j.number, j.subject, j.subject_id, j.from_state, j.to_state, j.who, j.at_ms, j.why, j.detail";

impl Write {
    /// Writes an entry; its number is one of [`Write::number`].
    pub(super) async fn log(&mut self, entry: &JournalEntry) -> Result<(), BaseError> {
        let insert = sqlx::query(
            "INSERT INTO journal (number, subject, subject_id, from_state, to_state, who, at_ms, why, detail) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(entry.number)
        .bind(entry.subject.kind())
        .bind(entry.subject.id())
        .bind(entry.from.as_deref())
        .bind(&entry.to)
        .bind(entry.who)
        .bind(entry.at_ms)
        .bind(&entry.why)
        .bind(entry.detail.as_ref().map(Value::to_string));
        self.execute(insert).await?;
        Ok(())
    }
}

impl Base {
    /// The journal of one thing, oldest first.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn journal(&self, subject: Subject) -> Result<Vec<JournalEntry>, BaseError> {
        let sql = format!(
            "SELECT {ENTRY_COLUMNS} FROM journal j WHERE j.subject = $1 AND j.subject_id = $2 ORDER BY j.number"
        );
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(subject.kind())
            .bind(subject.id());
        self.rows(select).await?.iter().map(read_entry).collect()
    }

    /// Every change of every edit of a place, oldest first.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn history(&self, target: &str) -> Result<Vec<EditChange>, BaseError> {
        let select = changes("e.target = $1 ORDER BY j.number").bind(target);
        self.changes(select).await
    }

    /// Changes of edits after a number of the feed, in order; at most `limit`. Numbers in between belong to other things.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn changes_since(
        &self,
        number: i64,
        limit: i64,
    ) -> Result<Vec<EditChange>, BaseError> {
        let select = changes("j.number > $1 ORDER BY j.number LIMIT $2");
        self.changes(select.bind(number).bind(limit)).await
    }

    /// Zones, pins and spots that changed after a number of the feed and up to another one, each once; at most `limit`
    /// changes are looked at. Returns `None` when there are more.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn ruled_anew(
        &self,
        (after, until): (i64, i64),
        limit: i64,
    ) -> Result<Option<Vec<Subject>>, BaseError> {
        // One question per kind finds the index.
        let mut changed = Vec::new();
        for kind in ["zone", "pin", "spot"] {
            let select = sqlx::query(
                "SELECT DISTINCT subject_id FROM journal WHERE subject = $1 AND number > $2 AND number <= $3 LIMIT $4",
            );
            let select = select.bind(kind).bind(after).bind(until).bind(limit);
            let rows = self.rows(select).await?;
            if i64::try_from(rows.len()).is_ok_and(|n| n >= limit) {
                return Ok(None);
            }
            for row in &rows {
                changed.push(Subject::read(kind, row.try_get("subject_id")?)?);
            }
        }
        Ok(Some(changed))
    }

    /// Edits in force that came into force after a number of the feed, in that order; at most `limit`.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn in_force_since(
        &self,
        number: i64,
        limit: i64,
    ) -> Result<Vec<NumberedEdit>, BaseError> {
        let sql = format!(
            "SELECT {EDIT_COLUMNS} FROM {EDIT_TABLES} WHERE s.in_force > $1 ORDER BY s.in_force LIMIT $2"
        );
        let select = sqlx::query(AssertSqlSafe(sql)).bind(number).bind(limit);
        let rows = self.rows(select).await?;
        let numbered = |row: &AnyRow| {
            let edit = read_edit(row)?;
            Ok((edit.in_force.unwrap_or_default(), edit))
        };
        rows.iter().map(numbered).collect()
    }

    /// All edits in force.
    ///
    /// They are read page by page, while others may write: an edit that changes meanwhile may be in it or not, and its
    /// change has a number above [`InForce::as_of`]. For more edits than fit into memory, use
    /// [`Base::in_force_since`].
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn in_force(&self) -> Result<InForce, BaseError> {
        let as_of = self.last_change().await?;
        let (mut edits, mut after) = (Vec::new(), 0);
        loop {
            let page = self.in_force_since(after, PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(InForce { as_of, edits });
            };
            after = *last;
            edits.extend(page.into_iter().map(|(_, edit)| edit));
        }
    }

    async fn changes(&self, select: Statement<'_>) -> Result<Vec<EditChange>, BaseError> {
        let rows = self.rows(select).await?;
        let change = |row: &AnyRow| {
            Ok(EditChange {
                entry: read_entry(row)?,
                edit: read_edit(row)?,
            })
        };
        rows.iter().map(change).collect()
    }
}

/// Journal entries joined with their edits.
fn changes<'q>(condition: &'static str) -> Statement<'q> {
    let sql = format!(
        "SELECT {ENTRY_COLUMNS}, {EDIT_COLUMNS} FROM {EDIT_TABLES} \
         JOIN journal j ON j.subject = 'edit' AND j.subject_id = e.id WHERE {condition}"
    );
    sqlx::query(AssertSqlSafe(sql))
}

fn read_entry(row: &AnyRow) -> Result<JournalEntry, BaseError> {
    let detail: Option<&str> = row.try_get("detail")?;
    Ok(JournalEntry {
        number: row.try_get("number")?,
        subject: Subject::read(row.try_get("subject")?, row.try_get("subject_id")?)?,
        from: row.try_get("from_state")?,
        to: row.try_get("to_state")?,
        who: row.try_get("who")?,
        at_ms: row.try_get("at_ms")?,
        why: row.try_get("why")?,
        detail: detail.map(read_json).transpose()?,
    })
}
