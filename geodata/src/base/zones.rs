//! Zones: drawn, drawn anew, taken away. Every version stays; which one is in force is said beside them.

use super::edits::MAX_EDITS;
use super::error::BaseError;
use super::journal::{JournalEntry, Subject};
use super::store::{Base, Statement};
use super::write::{Write, check_text};
use crate::LonLat;
use crate::zones::{Outline, Zone, ZoneKind, ZonePoint};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use std::collections::BTreeMap;

const DRAWN: &str = "drawn";
const DELETED: &str = "deleted";

const ZONE_COLUMNS: &str = "z.id, z.state, z.changed, v.version, v.kind, v.names, v.polygons, v.points, v.hours, \
    v.capacity, v.author, v.at_ms";
const CURRENT: &str = "zones z JOIN zone_versions v ON v.zone = z.id AND v.version = z.version";

/// A zone in the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredZone {
    pub id: i64,
    /// 1, 2, 3 …
    pub version: i64,
    /// Whether it is in force; false once it is deleted.
    pub in_force: bool,
    /// The number of its last change.
    pub changed: i64,
    /// The token of who drew this version.
    pub author: i64,
    /// When, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    pub zone: Zone,
}

/// Who changes something, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author<'a> {
    /// The token.
    pub who: i64,
    pub why: &'a str,
}

/// Which zones are listed; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ZoneFilter {
    pub kind: Option<ZoneKind>,
    /// Only ids above this one.
    pub after: Option<i64>,
}

impl Write {
    /// Adds a zone; returns its id. Its version is 1.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is no such token, [`BaseError::Invalid`] when a text cannot be stored.
    pub async fn add_zone(&mut self, zone: &Zone, by: Author<'_>) -> Result<i64, BaseError> {
        check_texts(zone, by)?;
        self.check_token(by.who).await?;
        let number = self.number();
        let insert = sqlx::query(
            "INSERT INTO zones (id, version, kind, state, changed) VALUES ($1, 1, $2, $3, $1)",
        )
        .bind(number)
        .bind(zone.kind.as_str())
        .bind(DRAWN);
        self.execute(insert).await?;
        self.add_zone_version((number, 1), zone, by).await?;
        self.log_zone((number, number), (None, DRAWN, 1), by)
            .await?;
        Ok(number)
    }

    /// A zone as this transaction sees it.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none, or it is deleted.
    pub async fn zone(&mut self, id: i64) -> Result<StoredZone, BaseError> {
        let row = self.row(select_current().bind(id)).await?;
        in_force(row.as_ref(), id)
    }

    /// Draws a zone anew; returns its new version.
    ///
    /// # Errors
    /// [`BaseError::Conflict`] when the version that its author saw is not the present one, [`BaseError::NotFound`].
    pub async fn change_zone(
        &mut self,
        (id, seen): (i64, i64),
        zone: &Zone,
        by: Author<'_>,
    ) -> Result<i64, BaseError> {
        check_texts(zone, by)?;
        let present = self.seen_zone(id, Some(seen)).await?;
        self.check_token(by.who).await?;
        let (number, version) = (self.number(), present.version + 1);
        self.add_zone_version((id, version), zone, by).await?;
        let update =
            sqlx::query("UPDATE zones SET version = $1, kind = $2, changed = $3 WHERE id = $4")
                .bind(version)
                .bind(zone.kind.as_str())
                .bind(number)
                .bind(id);
        self.execute(update).await?;
        self.log_zone((number, id), (Some(DRAWN), DRAWN, version), by)
            .await?;
        Ok(version)
    }

    /// Takes a zone out of force; what was drawn stays in the base.
    ///
    /// # Errors
    /// [`BaseError::Conflict`] when the version that its author saw, if any, is not the present one,
    /// [`BaseError::NotFound`].
    pub async fn delete_zone(
        &mut self,
        (id, seen): (i64, Option<i64>),
        by: Author<'_>,
    ) -> Result<(), BaseError> {
        check_text("why", by.why)?;
        let present = self.seen_zone(id, seen).await?;
        self.check_token(by.who).await?;
        let number = self.number();
        let update = sqlx::query("UPDATE zones SET state = $1, changed = $2 WHERE id = $3")
            .bind(DELETED)
            .bind(number)
            .bind(id);
        self.execute(update).await?;
        self.log_zone((number, id), (Some(DRAWN), DELETED, present.version), by)
            .await
    }

    async fn seen_zone(&mut self, id: i64, seen: Option<i64>) -> Result<StoredZone, BaseError> {
        let present = self.zone(id).await?;
        if seen.is_some_and(|seen| seen != present.version) {
            return Err(BaseError::Conflict {
                what: format!("zone {id}"),
                present: format!("version {}", present.version),
                expected: format!("version {}", seen.unwrap_or_default()),
            });
        }
        Ok(present)
    }

    async fn add_zone_version(
        &mut self,
        (id, version): (i64, i64),
        zone: &Zone,
        by: Author<'_>,
    ) -> Result<(), BaseError> {
        let points = zone.points.iter().map(|p| (&p.name, p.point.e7()));
        let insert = sqlx::query(
            "INSERT INTO zone_versions (zone, version, kind, names, polygons, points, hours, capacity, author, at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(id)
        .bind(version)
        .bind(zone.kind.as_str())
        .bind(json!(zone.names).to_string())
        .bind(polygons_json(&zone.outline))
        .bind(json!(points.collect::<Vec<_>>()).to_string())
        .bind(zone.hours.as_deref())
        .bind(zone.capacity.map(i64::from))
        .bind(by.who)
        .bind(self.at_ms());
        self.execute(insert).await?;
        Ok(())
    }

    async fn log_zone(
        &mut self,
        (number, id): (i64, i64),
        (from, to, version): (Option<&str>, &str, i64),
        by: Author<'_>,
    ) -> Result<(), BaseError> {
        let entry = JournalEntry {
            number,
            subject: Subject::Zone(id),
            from: from.map(str::to_owned),
            to: to.to_owned(),
            who: Some(by.who),
            at_ms: self.at_ms(),
            why: by.why.to_owned(),
            detail: Some(json!({ "version": version })),
        };
        self.log(&entry).await
    }
}

impl Base {
    /// A zone in force.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none, or it is deleted.
    pub async fn zone(&self, id: i64) -> Result<StoredZone, BaseError> {
        let row = self.row(select_current().bind(id)).await?;
        in_force(row.as_ref(), id)
    }

    /// A version of a zone, whatever became of it.
    ///
    /// # Errors
    /// [`BaseError::NotFound`] when there is none.
    pub async fn zone_version(&self, id: i64, version: i64) -> Result<StoredZone, BaseError> {
        let sql = format!(
            "SELECT {ZONE_COLUMNS} FROM zones z JOIN zone_versions v ON v.zone = z.id \
             WHERE z.id = $1 AND v.version = $2"
        );
        let select = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(version);
        let row = self.row(select).await?;
        let missing = || BaseError::no(format!("version {version} of zone {id}"));
        read_zone(&row.ok_or_else(missing)?)
    }

    /// Zones in force in order of their ids; `limit` is at most [`MAX_EDITS`].
    ///
    /// # Errors
    /// When the base cannot be read.
    pub async fn zones(
        &self,
        filter: ZoneFilter,
        limit: i64,
    ) -> Result<Vec<StoredZone>, BaseError> {
        let all = "SELECT {c} FROM {t} WHERE z.state = 'drawn' AND z.id > $1 AND $2 IS NULL ORDER BY z.id LIMIT $3";
        let one = "SELECT {c} FROM {t} WHERE z.state = 'drawn' AND z.id > $1 AND z.kind = $2 ORDER BY z.id LIMIT $3";
        let sql = if filter.kind.is_some() { one } else { all };
        let sql = sql.replace("{c}", ZONE_COLUMNS).replace("{t}", CURRENT);
        let select = sqlx::query(AssertSqlSafe(sql))
            .bind(filter.after.unwrap_or(0))
            .bind(filter.kind.map(ZoneKind::as_str))
            .bind(limit.clamp(0, MAX_EDITS));
        self.rows(select).await?.iter().map(read_zone).collect()
    }
}

fn select_current<'q>() -> Statement<'q> {
    let sql = format!("SELECT {ZONE_COLUMNS} FROM {CURRENT} WHERE z.id = $1");
    sqlx::query(AssertSqlSafe(sql))
}

fn in_force(row: Option<&AnyRow>, id: i64) -> Result<StoredZone, BaseError> {
    let found = row.map(read_zone).transpose()?.filter(|z| z.in_force);
    found.ok_or_else(|| BaseError::no(format!("zone {id}")))
}

fn check_texts(zone: &Zone, by: Author<'_>) -> Result<(), BaseError> {
    check_text("why", by.why)?;
    check_text("hours", zone.hours.as_deref().unwrap_or_default())?;
    for name in zone.names.values() {
        check_text("name", name)?;
    }
    zone.points
        .iter()
        .try_for_each(|p| check_text("points", &p.name))
}

type Polygons = Vec<Vec<Vec<(i32, i32)>>>;

fn polygons_json(outline: &Outline) -> String {
    let ring = |ring: &Vec<LonLat>| ring.iter().map(|p| p.e7()).collect();
    let polygon = |rings: &Vec<Vec<LonLat>>| rings.iter().map(ring).collect();
    let polygons: Polygons = outline.polygons.iter().map(polygon).collect();
    json!(polygons).to_string()
}

fn read_outline(text: &str) -> Result<Outline, BaseError> {
    let read: Polygons = read_as(text)?;
    let ring = |ring: &Vec<(i32, i32)>| ring.iter().map(|(x, y)| stored_point(*x, *y)).collect();
    let polygon = |rings: &Vec<Vec<(i32, i32)>>| rings.iter().map(ring).collect();
    let polygons: Result<_, BaseError> = read.iter().map(polygon).collect();
    Ok(Outline {
        polygons: polygons?,
    })
}

fn stored_point(lon: i32, lat: i32) -> Result<LonLat, BaseError> {
    LonLat::from_e7(lon, lat).ok_or_else(|| {
        BaseError::Internal(format!("a stored point is outside the world: {lon}, {lat}"))
    })
}

fn read_as<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, BaseError> {
    serde_json::from_str(text)
        .map_err(|e| BaseError::Internal(format!("a column holds something else: {e}")))
}

fn read_zone(row: &AnyRow) -> Result<StoredZone, BaseError> {
    let kind: &str = row.try_get("kind")?;
    let names: BTreeMap<String, String> = read_as(row.try_get("names")?)?;
    let points: Vec<(String, (i32, i32))> = read_as(row.try_get("points")?)?;
    let point = |(name, (lon, lat)): (String, (i32, i32))| {
        let point = stored_point(lon, lat)?;
        Ok::<_, BaseError>(ZonePoint { name, point })
    };
    let capacity: Option<i64> = row.try_get("capacity")?;
    Ok(StoredZone {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        in_force: row.try_get::<&str, _>("state")? == DRAWN,
        changed: row.try_get("changed")?,
        author: row.try_get("author")?,
        at_ms: row.try_get("at_ms")?,
        zone: Zone {
            kind: kind.parse().map_err(BaseError::Internal)?,
            names,
            outline: read_outline(row.try_get("polygons")?)?,
            points: points.into_iter().map(point).collect::<Result<_, _>>()?,
            hours: row.try_get("hours")?,
            capacity: capacity.and_then(|c| u32::try_from(c).ok()),
        },
    })
}
