//! Pins and bans: single points that cartographers recommend or forbid.

use super::edits::MAX_EDITS;
use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::reports::read_point;
use super::store::{Base, Statement};
use super::write::{Write, check_text};
use super::zones::Author;
use crate::{LonLat, PlaceRef};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::fmt;
use std::str::FromStr;

const SET: &str = "set";
const REMOVED: &str = "removed";

const PIN_COLUMNS: &str = "id, kind, place, asked_lon_e7, asked_lat_e7, lon_e7, lat_e7, name, reason, author, at_ms, \
    state, changed";

/// What a cartographer says of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PinKind {
    /// Cars stop here.
    Pin,
    /// Cars do not stop here.
    Ban,
}

impl PinKind {
    pub const ALL: [PinKind; 2] = [PinKind::Pin, PinKind::Ban];

    pub fn as_str(self) -> &'static str {
        match self {
            PinKind::Pin => "pin",
            PinKind::Ban => "ban",
        }
    }
}

impl fmt::Display for PinKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PinKind {
    type Err = String;

    fn from_str(text: &str) -> Result<PinKind, String> {
        let known = PinKind::ALL.into_iter().find(|k| k.as_str() == text);
        known.ok_or_else(|| format!("expected one of pin, ban, got `{text}`"))
    }
}

/// For whom a pin counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinTarget {
    /// Who asks for this place.
    Place(PlaceRef),
    /// Who asks from about this point.
    Point(LonLat),
    /// Whoever asks nearby.
    Everybody,
}

/// A point that somebody recommends or forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub kind: PinKind,
    pub target: PinTarget,
    pub point: LonLat,
    /// What it is called; may be empty.
    pub name: String,
    pub reason: String,
}

/// A pin or ban in the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPin {
    pub id: i64,
    pub pin: Pin,
    /// The token of who set it.
    pub author: i64,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Whether it is in force; false once it is removed.
    pub in_force: bool,
    /// The number of its last change.
    pub changed: i64,
}

/// Which pins are listed; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PinFilter {
    pub place: Option<PlaceRef>,
    /// Only ids above this one.
    pub after: Option<i64>,
}

impl Write {
    /// Adds a pin or ban; returns its id.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is no such token, [`BaseError::Invalid`] when a text cannot be stored.
    pub async fn add_pin(&mut self, pin: &Pin, who: i64) -> Result<i64, BaseError> {
        check_text("name", &pin.name)?;
        check_text("reason", &pin.reason)?;
        self.check_token(who).await?;
        let (place, asked) = match pin.target {
            PinTarget::Place(place) => (Some(place.to_string()), None),
            PinTarget::Point(point) => (None, Some(point.e7())),
            PinTarget::Everybody => (None, None),
        };
        let number = self.number();
        let insert = sqlx::query(
            "INSERT INTO pins (id, kind, place, asked_lon_e7, asked_lat_e7, lon_e7, lat_e7, name, reason, author, \
             at_ms, state, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $1)",
        )
        .bind(number)
        .bind(pin.kind.as_str())
        .bind(place)
        .bind(asked.map(|(lon, _)| i64::from(lon)))
        .bind(asked.map(|(_, lat)| i64::from(lat)))
        .bind(i64::from(pin.point.e7().0))
        .bind(i64::from(pin.point.e7().1))
        .bind(&pin.name)
        .bind(&pin.reason)
        .bind(who)
        .bind(self.at_ms())
        .bind(SET);
        self.execute(insert).await?;
        let by = Author {
            who,
            why: &pin.reason,
        };
        self.log_pin((number, number), (None, SET), by).await?;
        Ok(number)
    }

    /// Takes a pin or ban out of force; it stays in the base.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none, or it is removed already.
    pub async fn remove_pin(&mut self, id: i64, by: Author<'_>) -> Result<(), BaseError> {
        check_text("why", by.why)?;
        let row = self.row(select_pin().bind(id)).await?;
        pin_in_force(row.as_ref(), id)?;
        self.check_token(by.who).await?;
        let number = self.number();
        let update = sqlx::query("UPDATE pins SET state = $1, changed = $2 WHERE id = $3")
            .bind(REMOVED)
            .bind(number)
            .bind(id);
        self.execute(update).await?;
        self.log_pin((number, id), (Some(SET), REMOVED), by).await
    }

    async fn log_pin(
        &mut self,
        (number, id): (i64, i64),
        (from, to): (Option<&str>, &str),
        by: Author<'_>,
    ) -> Result<(), BaseError> {
        let entry = JournalEntry {
            number,
            subject: Subject::Pin(id),
            from: from.map(str::to_owned),
            to: to.to_owned(),
            who: Some(by.who),
            at_ms: self.at_ms(),
            why: by.why.to_owned(),
            detail: None,
        };
        self.log(&entry).await
    }
}

impl Base {
    /// A pin or ban in force.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none, or it is removed.
    pub async fn pin(&self, id: i64) -> Result<StoredPin, BaseError> {
        let row = self.row(select_pin().bind(id)).await?;
        pin_in_force(row.as_ref(), id)
    }

    /// Pins and bans in force in order of their ids; `limit` is at most [`MAX_EDITS`].
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn pins(&self, filter: PinFilter, limit: i64) -> Result<Vec<StoredPin>, BaseError> {
        let all = "SELECT {} FROM pins WHERE state = 'set' AND id > $1 AND $2 IS NULL ORDER BY id LIMIT $3";
        let one = "SELECT {} FROM pins WHERE state = 'set' AND id > $1 AND place = $2 ORDER BY id LIMIT $3";
        let sql = if filter.place.is_some() { one } else { all };
        let select = sqlx::query(AssertSqlSafe(sql.replace("{}", PIN_COLUMNS)))
            .bind(filter.after.unwrap_or(0))
            .bind(filter.place.map(|p| p.to_string()))
            .bind(limit.clamp(0, MAX_EDITS));
        self.rows(select).await?.iter().map(read_pin).collect()
    }
}

fn select_pin<'q>() -> Statement<'q> {
    let sql = format!("SELECT {PIN_COLUMNS} FROM pins WHERE id = $1");
    sqlx::query(AssertSqlSafe(sql))
}

fn pin_in_force(row: Option<&AnyRow>, id: i64) -> Result<StoredPin, BaseError> {
    let found = row.map(read_pin).transpose()?.filter(|p| p.in_force);
    found.ok_or_else(|| BaseError::no(format!("pin {id}")))
}

fn read_pin(row: &AnyRow) -> Result<StoredPin, BaseError> {
    let kind: &str = row.try_get("kind")?;
    Ok(StoredPin {
        id: row.try_get("id")?,
        pin: Pin {
            kind: kind.parse().map_err(BaseError::Internal)?,
            target: read_target(row)?,
            point: read_point(row)?,
            name: row.try_get("name")?,
            reason: row.try_get("reason")?,
        },
        author: row.try_get("author")?,
        at_ms: row.try_get("at_ms")?,
        in_force: row.try_get::<&str, _>("state")? == SET,
        changed: row.try_get("changed")?,
    })
}

fn read_target(row: &AnyRow) -> Result<PinTarget, BaseError> {
    let place: Option<&str> = row.try_get("place")?;
    if let Some(place) = place {
        let place = place.parse().map_err(BaseError::Internal)?;
        return Ok(PinTarget::Place(place));
    }
    let (lon, lat): (Option<i64>, Option<i64>) =
        (row.try_get("asked_lon_e7")?, row.try_get("asked_lat_e7")?);
    let (Some(lon), Some(lat)) = (lon, lat) else {
        return Ok(PinTarget::Everybody);
    };
    let point = i32::try_from(lon).ok().zip(i32::try_from(lat).ok());
    let point = point.and_then(|(lon, lat)| LonLat::from_e7(lon, lat));
    point.map(PinTarget::Point).ok_or_else(|| {
        BaseError::Internal(format!("a stored point is outside the world: {lon}, {lat}"))
    })
}
