//! Query strings of zones, pins and learnt spots, as received and checked.

use super::address_reports::read_id;
use crate::error::ApiError;
use geodata::PlaceRef;
use geodata::zones::ZoneKind;
use serde::Deserialize;
use utoipa::IntoParams;

const MAX_WHY_CHARS: usize = 500;

/// Which zones are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ZonesParams {
    /// `mandatory`, `preferred`, `forbidden` or `service`. Default: all.
    pub(super) kind: Option<String>,
    /// Only ids above this one: the `next` of the page before.
    pub(super) after: Option<String>,
    /// How many, 1 to 1000. Default 100.
    pub(super) limit: Option<String>,
}

/// Which version of a zone.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionParams {
    /// A former version. Default: the present one.
    pub(super) version: Option<String>,
}

/// Why something is taken away.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteZoneParams {
    /// The version that was seen: when it is not the present one any more, nothing happens (409).
    pub(super) version: Option<String>,
    /// For the journal, at most 500 characters.
    pub(super) why: Option<String>,
}

/// Why something is taken away.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhyParams {
    /// For the journal, at most 500 characters.
    pub(super) why: Option<String>,
}

/// Which pins or spots are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OfPlaceParams {
    /// Only those of the place or house with this id.
    pub(super) place: Option<String>,
    /// Only ids above this one: the `next` of the page before.
    pub(super) after: Option<String>,
    /// How many, 1 to 1000. Default 100.
    pub(super) limit: Option<String>,
}

/// Entries of a page by default, and at most.
pub(super) const DEFAULT_PAGE: usize = 100;
pub(super) const MAX_PAGE: usize = 1_000;

impl OfPlaceParams {
    /// The place and the id to go on from.
    pub(super) fn check(&self) -> Result<(Option<PlaceRef>, Option<i64>), ApiError> {
        let place = self.place.as_deref().map(str::parse).transpose();
        let place = place.map_err(|e: String| ApiError::invalid("place", e))?;
        Ok((place, number("after", self.after.as_deref())?))
    }
}

/// How many entries a page has, for the base.
pub(super) fn page(limit: Option<&str>) -> Result<i64, ApiError> {
    let limit = crate::params::limit(limit, DEFAULT_PAGE, MAX_PAGE)?;
    Ok(i64::try_from(limit).unwrap_or(i64::MAX))
}

/// What to ask for as `after`, when a page is full.
pub(super) fn next_of<T>(page: &[T], limit: i64, id: impl Fn(&T) -> i64) -> Option<i64> {
    let full = i64::try_from(page.len()).is_ok_and(|n| n == limit);
    page.last().filter(|_| full).map(id)
}

/// A whole number from 0.
pub(super) fn number(field: &str, text: Option<&str>) -> Result<Option<i64>, ApiError> {
    let parse = |text: &str| {
        let parsed = text.parse::<i64>().ok().filter(|n| *n >= 0);
        parsed.ok_or_else(|| {
            ApiError::invalid(
                field,
                format!("expected a whole number from 0, got `{text}`"),
            )
        })
    };
    text.map(parse).transpose()
}

/// The id in a path, and the reason for the journal.
pub(super) fn id_and_why(id: &str, why: Option<&str>) -> Result<(i64, String), ApiError> {
    Ok((read_id(id)?, check_why(why)?))
}

/// A reason for the journal.
pub(super) fn check_why(why: Option<&str>) -> Result<String, ApiError> {
    let why = why.unwrap_or_default().trim();
    let chars = why.chars().count();
    if chars > MAX_WHY_CHARS {
        let problem = format!("expected at most {MAX_WHY_CHARS} characters, got {chars}");
        return Err(ApiError::invalid("why", problem));
    }
    Ok(why.to_owned())
}

pub(super) fn zone_kind(field: &str, text: &str) -> Result<ZoneKind, ApiError> {
    text.parse()
        .map_err(|e: String| ApiError::invalid(field, e))
}
