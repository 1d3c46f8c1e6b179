//! Cases: the cartographers' queue.

use super::edits::MAX_EDITS;
use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::report::{Case, CaseState};
use super::reports::read_point;
use super::store::{Base, Statement};
use super::write::{Write, check_text};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// How many merges in a row are followed.
const MAX_MERGES: usize = 100;

const CASE_COLUMNS: &str = "k.id, k.state, k.changed, k.lon_e7, k.lat_e7, k.reports, k.created_ms, k.reported_ms, \
    k.reason, k.edit, k.place, k.merged_into";

/// A change of a case's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseChange<'a> {
    pub id: i64,
    pub to: CaseState,
    /// The token of who changed it; none for the program itself.
    pub who: Option<i64>,
    /// For the reporter too.
    pub reason: &'a str,
    /// The edit that answers it.
    pub edit: Option<i64>,
    /// The place that answers it.
    pub place: Option<&'a str>,
}

/// Which cases are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaseFilter {
    pub state: Option<CaseState>,
    /// Only ids above this one.
    pub after: Option<i64>,
}

impl Write {
    /// A case as this transaction sees it.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none.
    pub async fn case(&mut self, id: i64) -> Result<Case, BaseError> {
        let row = self.row(select_case().bind(id)).await?;
        read_case(&row.ok_or_else(|| no_case(id))?)
    }

    /// The case that a case was merged into, and that again, to the last.
    pub(super) async fn final_case(&mut self, id: i64) -> Result<i64, BaseError> {
        let mut case = self.case(id).await?;
        for _ in 0..MAX_MERGES {
            match case.merged_into {
                Some(next) => case = self.case(next).await?,
                None => return Ok(case.id),
            }
        }
        Err(BaseError::Internal(format!(
            "case {id} is merged in a circle"
        )))
    }

    /// Changes a case's state with a journal entry; returns the number of the change.
    ///
    /// # Errors
    /// [`BaseError::Conflict`] with the present state when that may not become the other, [`BaseError::NotFound`].
    pub async fn change_case(&mut self, change: &CaseChange<'_>) -> Result<i64, BaseError> {
        check_text("reason", change.reason)?;
        check_text("place", change.place.unwrap_or_default())?;
        let present = self.case(change.id).await?;
        check_change(&present, change.to)?;
        let number = self.number();
        let update = sqlx::query(
            "UPDATE cases SET state = $1, changed = $2, reason = $3, edit = $4, place = $5 WHERE id = $6",
        )
        .bind(change.to.as_str())
        .bind(number)
        .bind(change.reason)
        .bind(change.edit.or(present.edit))
        .bind(change.place.or(present.place.as_deref()))
        .bind(change.id);
        self.execute(update).await?;
        let entry = JournalEntry {
            number,
            subject: Subject::Case(change.id),
            from: Some(present.state.as_str().to_owned()),
            to: change.to.as_str().to_owned(),
            who: change.who,
            at_ms: self.at_ms(),
            why: change.reason.to_owned(),
            detail: Some(json!({ "edit": change.edit, "place": change.place })),
        };
        self.log(&entry).await?;
        Ok(number)
    }

    /// Merges a case into another, which counts its reports from now on; returns the number of the change.
    ///
    /// # Errors
    /// [`BaseError::Conflict`] when the case is settled already, or the other one is a duplicate itself;
    /// [`BaseError::Invalid`] when they are the same.
    pub async fn merge_case(
        &mut self,
        change: &CaseChange<'_>,
        into: i64,
    ) -> Result<i64, BaseError> {
        if change.id == into {
            return Err(BaseError::Invalid(
                "expected another case to merge into".to_owned(),
            ));
        }
        let (present, target) = (self.case(change.id).await?, self.case(into).await?);
        if matches!(target.state, CaseState::Duplicate | CaseState::Rejected) {
            return Err(conflict(&target, "a case that is open or published"));
        }
        let number = self.change_case(change).await?;
        let merge =
            sqlx::query("UPDATE cases SET merged_into = $1 WHERE id = $2 OR merged_into = $2");
        self.execute(merge.bind(into).bind(change.id)).await?;
        let count =
            sqlx::query("UPDATE cases SET reports = reports + $1, reported_ms = $2 WHERE id = $3");
        let latest = target.reported_ms.max(present.reported_ms);
        self.execute(count.bind(present.reports).bind(latest).bind(into))
            .await?;
        Ok(number)
    }
}

impl Base {
    /// A case.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none.
    pub async fn case(&self, id: i64) -> Result<Case, BaseError> {
        let row = self.row(select_case().bind(id)).await?;
        read_case(&row.ok_or_else(|| no_case(id))?)
    }

    /// Cases in order of their ids.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn cases(&self, filter: &CaseFilter, limit: i64) -> Result<Vec<Case>, BaseError> {
        let all = "SELECT {} FROM cases k WHERE k.id > $1 AND $2 IS NULL ORDER BY k.id LIMIT $3";
        let one = "SELECT {} FROM cases k WHERE k.id > $1 AND k.state = $2 ORDER BY k.id LIMIT $3";
        let sql = if filter.state.is_some() { one } else { all };
        let select = sqlx::query(AssertSqlSafe(sql.replace("{}", CASE_COLUMNS)))
            .bind(filter.after.unwrap_or(0))
            .bind(filter.state.map(CaseState::as_str))
            .bind(limit.clamp(0, MAX_EDITS));
        self.rows(select).await?.iter().map(read_case).collect()
    }
}

fn check_change(present: &Case, to: CaseState) -> Result<(), BaseError> {
    if present.state.may_become(to) {
        return Ok(());
    }
    Err(conflict(
        present,
        &format!("a state that may become `{to}`"),
    ))
}

fn conflict(present: &Case, expected: &str) -> BaseError {
    BaseError::Conflict {
        what: format!("case {}", present.id),
        present: present.state.as_str().to_owned(),
        expected: expected.to_owned(),
    }
}

fn select_case<'q>() -> Statement<'q> {
    sqlx::query(AssertSqlSafe(format!(
        "SELECT {CASE_COLUMNS} FROM cases k WHERE k.id = $1"
    )))
}

fn no_case(id: i64) -> BaseError {
    BaseError::no(format!("case {id}"))
}

fn read_case(row: &AnyRow) -> Result<Case, BaseError> {
    let state: &str = row.try_get("state")?;
    Ok(Case {
        id: row.try_get("id")?,
        state: state.parse().map_err(BaseError::Internal)?,
        changed: row.try_get("changed")?,
        point: read_point(row)?,
        reports: row.try_get("reports")?,
        created_ms: row.try_get("created_ms")?,
        reported_ms: row.try_get("reported_ms")?,
        reason: row.try_get("reason")?,
        edit: row.try_get("edit")?,
        place: row.try_get("place")?,
        merged_into: row.try_get("merged_into")?,
    })
}
