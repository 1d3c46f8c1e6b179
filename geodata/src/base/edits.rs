//! Edits: added once, their state changed under an expectation, listed.

use super::edit::{Edit, EditState, NewEdit};
use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::store::Base;
use super::write::{Write, check_text};
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

/// The most edits one question lists.
pub const MAX_EDITS: i64 = 10_000;

/// An edit that was added, or one that was there already under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    pub id: i64,
    /// Whether it was there already.
    pub repeated: bool,
}

/// Which edits are listed; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditFilter {
    pub state: Option<EditState>,
    pub target: Option<String>,
    pub author: Option<i64>,
    /// Only ids above this one.
    pub after: Option<i64>,
}

pub(super) const EDIT_COLUMNS: &str = "e.id, e.operation, e.target, e.before_json, e.after_json, e.comment, \
    e.evidence, e.author, e.client_key, e.snapshot, e.created_ms, s.state, s.changed, s.in_force";
pub(super) const EDIT_TABLES: &str = "edits e JOIN edit_states s ON s.edit = e.id";

impl Write {
    /// Adds an edit; one of the same author with the same key is not added again.
    ///
    /// # Errors
    /// [`BaseError::KeyReused`] when the key came with another edit, [`BaseError::NotFound`] when there is no such author.
    pub async fn add_edit(&mut self, edit: &NewEdit, state: EditState) -> Result<Added, BaseError> {
        if let Some(known) = self.known_edit(edit).await? {
            return Ok(known);
        }
        check_edit(edit)?;
        self.check_token(edit.author).await?;
        let number = self.number();
        let insert = sqlx::query(
            "INSERT INTO edits (id, operation, target, before_json, after_json, comment, evidence, author, client_key, \
             snapshot, created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(number)
        .bind(&edit.operation)
        .bind(edit.target.as_deref())
        .bind(edit.before.to_string())
        .bind(edit.after.to_string())
        .bind(&edit.comment)
        .bind(Value::from(edit.evidence.clone()).to_string())
        .bind(edit.author)
        .bind(edit.key.as_deref())
        .bind(&edit.snapshot)
        .bind(self.at_ms());
        self.execute(insert).await?;
        let head = sqlx::query(
            "INSERT INTO edit_states (edit, state, changed, in_force) VALUES ($1, $2, $1, $3)",
        )
        .bind(number)
        .bind(state.as_str())
        .bind(state.in_force().then_some(number));
        self.execute(head).await?;
        let entry = JournalEntry {
            number,
            subject: Subject::Edit(number),
            from: None,
            to: state.as_str().to_owned(),
            who: Some(edit.author),
            at_ms: self.at_ms(),
            why: edit.comment.clone(),
            detail: None,
        };
        self.log(&entry).await?;
        Ok(Added {
            id: number,
            repeated: false,
        })
    }

    /// An edit as this transaction sees it: nobody else changes it before the commit.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none.
    pub async fn edit(&mut self, id: i64) -> Result<Edit, BaseError> {
        let row = self.row(select_edit().bind(id)).await?;
        read_edit(&row.ok_or_else(|| no_edit(id))?)
    }

    /// Changes an edit's state with a journal entry; returns the number of the change.
    ///
    /// # Errors
    /// [`BaseError::Conflict`] with its present state when that is not the expected one, [`BaseError::NotFound`].
    pub async fn change_edit(&mut self, change: &StateChange<'_>) -> Result<i64, BaseError> {
        check_text("why", change.why)?;
        let present = self.edit(change.id).await?;
        let expected = change.expected.contains(&present.state);
        if !expected || !present.state.may_become(change.to) {
            return Err(unexpected(&present, change));
        }
        let number = self.number();
        let in_force = change.to.in_force();
        let update = sqlx::query(
            "UPDATE edit_states SET state = $1, changed = $2, in_force = $3 WHERE edit = $4",
        )
        .bind(change.to.as_str())
        .bind(number)
        .bind(in_force.then(|| present.in_force.unwrap_or(number)))
        .bind(change.id);
        self.execute(update).await?;
        let entry = JournalEntry {
            number,
            subject: Subject::Edit(change.id),
            from: Some(present.state.as_str().to_owned()),
            to: change.to.as_str().to_owned(),
            who: change.who,
            at_ms: self.at_ms(),
            why: change.why.to_owned(),
            detail: change.detail.clone(),
        };
        self.log(&entry).await?;
        Ok(number)
    }

    /// The edit that the same author added under the same key.
    async fn known_edit(&mut self, edit: &NewEdit) -> Result<Option<Added>, BaseError> {
        let Some(key) = &edit.key else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT {EDIT_COLUMNS} FROM {EDIT_TABLES} WHERE e.author = $1 AND e.client_key = $2"
        );
        let select = sqlx::query(AssertSqlSafe(sql)).bind(edit.author).bind(key);
        let Some(row) = self.row(select).await? else {
            return Ok(None);
        };
        let known = read_edit(&row)?;
        // A client that repeats itself after a new snapshot still says the same.
        let same = NewEdit {
            snapshot: edit.snapshot.clone(),
            ..known.said
        };
        if same != *edit {
            return Err(BaseError::KeyReused(key.clone()));
        }
        Ok(Some(Added {
            id: known.id,
            repeated: true,
        }))
    }
}

/// A change of an edit's state.
#[derive(Debug, Clone, PartialEq)]
pub struct StateChange<'a> {
    pub id: i64,
    /// The states it may be in before.
    pub expected: &'a [EditState],
    pub to: EditState,
    /// The token of who changed it; none for the nightly merge.
    pub who: Option<i64>,
    pub why: &'a str,
    /// What else is worth keeping, such as the three values of a conflict.
    pub detail: Option<Value>,
}

impl Base {
    /// Adds an edit in a transaction of its own; see [`Write::add_edit`].
    ///
    /// # Errors
    /// As [`Write::add_edit`].
    pub async fn add_edit(
        &self,
        edit: &NewEdit,
        state: EditState,
        at_ms: i64,
    ) -> Result<Added, BaseError> {
        let added = self
            .add_edits(std::slice::from_ref(edit), state, at_ms)
            .await?;
        added
            .first()
            .copied()
            .ok_or_else(|| BaseError::Internal("no edit".to_owned()))
    }

    /// Adds many edits: all of them or, when one cannot be added, none.
    ///
    /// # Errors
    /// As [`Write::add_edit`].
    pub async fn add_edits(
        &self,
        edits: &[NewEdit],
        state: EditState,
        at_ms: i64,
    ) -> Result<Vec<Added>, BaseError> {
        let mut write = self.write(at_ms).await?;
        let mut added = Vec::with_capacity(edits.len());
        for edit in edits {
            match write.add_edit(edit, state).await {
                Ok(one) => added.push(one),
                Err(error) => {
                    write.roll_back().await;
                    return Err(error);
                }
            }
        }
        write.commit().await?;
        Ok(added)
    }

    /// Changes an edit's state in a transaction of its own; see [`Write::change_edit`].
    ///
    /// # Errors
    /// As [`Write::change_edit`].
    pub async fn change_edit(
        &self,
        change: &StateChange<'_>,
        at_ms: i64,
    ) -> Result<i64, BaseError> {
        let mut write = self.write(at_ms).await?;
        match write.change_edit(change).await {
            Ok(number) => {
                write.commit().await?;
                Ok(number)
            }
            Err(error) => {
                write.roll_back().await;
                Err(error)
            }
        }
    }

    /// An edit.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none.
    pub async fn edit(&self, id: i64) -> Result<Edit, BaseError> {
        let row = self.row(select_edit().bind(id)).await?;
        read_edit(&row.ok_or_else(|| no_edit(id))?)
    }

    /// Edits in order of their ids; `limit` is at most [`MAX_EDITS`].
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn edits(&self, filter: &EditFilter, limit: i64) -> Result<Vec<Edit>, BaseError> {
        // Only the conditions that are asked for, so that each question finds its index. All of it is constant text.
        let mut sql = format!("SELECT {EDIT_COLUMNS} FROM {EDIT_TABLES} WHERE e.id > $1");
        let mut condition = |column: &str, present: bool, number: usize| {
            if present {
                sql.push_str(&format!(" AND {column} = ${number}"));
            } else {
                // Every argument has its place in the statement.
                sql.push_str(&format!(" AND ${number} IS NULL"));
            }
        };
        condition("s.state", filter.state.is_some(), 2);
        condition("e.target", filter.target.is_some(), 3);
        condition("e.author", filter.author.is_some(), 4);
        sql.push_str(" ORDER BY e.id LIMIT $5");
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(filter.after.unwrap_or(0))
            .bind(filter.state.map(EditState::as_str))
            .bind(filter.target.as_deref())
            .bind(filter.author)
            .bind(limit.clamp(0, MAX_EDITS));
        let rows = self.rows(select).await?;
        rows.iter().map(read_edit).collect()
    }
}

fn select_edit<'q>() -> super::store::Statement<'q> {
    let sql = format!("SELECT {EDIT_COLUMNS} FROM {EDIT_TABLES} WHERE e.id = $1");
    sqlx::query(AssertSqlSafe(sql))
}

fn no_edit(id: i64) -> BaseError {
    BaseError::no(format!("edit {id}"))
}

fn unexpected(present: &Edit, change: &StateChange<'_>) -> BaseError {
    let allowed = change.expected.iter().filter(|s| s.may_become(change.to));
    let allowed: Vec<String> = allowed.map(|s| format!("`{s}`")).collect();
    BaseError::Conflict {
        what: format!("edit {}", present.id),
        present: present.state.as_str().to_owned(),
        expected: if allowed.is_empty() {
            format!("a state that may become `{}`", change.to)
        } else {
            allowed.join(" or ")
        },
    }
}

fn check_edit(edit: &NewEdit) -> Result<(), BaseError> {
    check_text("operation", &edit.operation)?;
    check_text("target", edit.target.as_deref().unwrap_or_default())?;
    check_text("comment", &edit.comment)?;
    check_text("key", edit.key.as_deref().unwrap_or_default())?;
    check_text("snapshot", &edit.snapshot)
}

/// Reads [`EDIT_COLUMNS`].
pub(super) fn read_edit(row: &AnyRow) -> Result<Edit, BaseError> {
    Ok(Edit {
        id: row.try_get("id")?,
        said: NewEdit {
            operation: row.try_get("operation")?,
            target: row.try_get("target")?,
            before: read_json(row.try_get("before_json")?)?,
            after: read_json(row.try_get("after_json")?)?,
            comment: row.try_get("comment")?,
            evidence: read_texts(row.try_get("evidence")?)?,
            author: row.try_get("author")?,
            key: row.try_get("client_key")?,
            snapshot: row.try_get("snapshot")?,
        },
        created_ms: row.try_get("created_ms")?,
        state: read_state(row.try_get("state")?)?,
        changed: row.try_get("changed")?,
        in_force: row.try_get("in_force")?,
    })
}

fn read_state(text: &str) -> Result<EditState, BaseError> {
    text.parse().map_err(BaseError::Internal)
}

/// Reads a column of JSON.
pub(super) fn read_json(text: &str) -> Result<Value, BaseError> {
    serde_json::from_str(text)
        .map_err(|e| BaseError::Internal(format!("a column holds no JSON: {e}")))
}

fn read_texts(text: &str) -> Result<Vec<String>, BaseError> {
    serde_json::from_str(text)
        .map_err(|e| BaseError::Internal(format!("a column holds no list: {e}")))
}
