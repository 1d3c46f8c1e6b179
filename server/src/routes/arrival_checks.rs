//! `/v1/arrival-checks`: is the driver there? Stateless: the client sends the last fixes and the last verdict along.

use crate::body::JsonBody;
use crate::error::{ApiError, Problem};
use crate::params::{self, PlaceParams};
use crate::people::{Person, Visitor};
use crate::pickup::{
    Check, Fix, Judgement, Note, PointKind, Rulings, Target, Verdict, judge, overridden, sentence,
};
use crate::search::Moment;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use geodata::LonLat;
use geodata::admin::Area;
use geodata::base::ArrivalOverride;
use geodata::pickup::{Wording, between};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// Fixes of one check: a minute and a half of one a second.
const MAX_FIXES: usize = 100;
const MAX_ACCURACY_M: f64 = 100_000.0;
/// Faster than any car, and slower than a mistake in units.
const MAX_SPEED_MPS: f64 = 150.0;
const REASON_CHARS: RangeInclusive<usize> = 3..=500;
/// In which capacity somebody overrides.
const CAPACITIES: [&str; 4] = ["dispatch", "dispatcher", "support", "operator"];

/// The last fixes of a driver's phone, and where the driver is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArrivalBody {
    point: PointBody,
    /// 1 to 100, in any order.
    fixes: Vec<FixBody>,
    /// The verdict of the check before: `far`, `near` or `arrived`. Who was there stays there a little farther out.
    previous: Option<String>,
    /// The moment that is judged, RFC 3339. Default: the server's clock.
    now: Option<String>,
    /// Languages of `text` in order of preference: `uk`, `en`, `ru`. Default: `Accept-Language`, else `uk`.
    lang: Option<String>,
    #[serde(rename = "override")]
    overridden: Option<OverrideBody>,
}

/// A pickup point.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PointBody {
    lon: f64,
    lat: f64,
    /// `entrance`, `curb`, `yard`, `gate`, `zone`, `learnt`, `pin` or `stand`.
    kind: String,
    /// Which way cars go on this side of the street: degrees clockwise from north, 0 to 360.
    heading: Option<f64>,
    /// With `kind` `zone`: the id of a zone, anywhere in which the driver is there. Without it, around the point.
    zone: Option<i64>,
}

/// One position of the driver's phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FixBody {
    /// RFC 3339.
    time: String,
    lon: f64,
    lat: f64,
    /// The radius in which the phone says it is, 0 to 100000 metres.
    accuracy_m: f64,
    /// 0 to 150 metres per second.
    speed_mps: Option<f64>,
    /// Where the car goes: degrees clockwise from north, 0 to 360.
    heading: Option<f64>,
    /// Whether the phone says that an app made the position up.
    #[serde(default)]
    mock: bool,
}

/// Somebody says that the driver is there. Needs a token of a dispatcher or an operator; the base keeps who, when, why and
/// what the verdict would have been.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OverrideBody {
    /// In which capacity: `dispatch`, `dispatcher`, `support` or `operator`.
    role: String,
    /// 3 to 500 characters.
    reason: String,
}

/// Where the driver is.
#[derive(Serialize, ToSchema)]
pub(crate) struct ArrivalAnswer {
    /// `far`, `near` or `arrived`.
    verdict: &'static str,
    /// From the newest fix that is believed to the point or zone; none without one.
    distance_m: Option<f64>,
    /// How near is near enough for this fix.
    needed_m: f64,
    /// Stable, for programs: `arrived`, `overridden`, `mocked`, `stale`, `future`, `jump`, `unsettled`, `too_far`,
    /// `inaccurate`, `moving`, `opposite_side`, `barrier`, `water`, `too_short`.
    reason: &'static str,
    /// The same for people.
    text: String,
    /// What each rule found.
    why: Vec<NoteView>,
    /// What the verdict would have been.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    overridden: Option<OverrideView>,
}

#[derive(Serialize, ToSchema)]
struct NoteView {
    /// `mocked`, `age_s`, `jump`, `distance_m`, `accuracy_m`, `speed_kmh`, `side_deg`, `between`, `dwell_s`.
    rule: &'static str,
    ok: bool,
    /// In the unit that ends the rule's name; none where it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
}

#[derive(Serialize, ToSchema)]
struct OverrideView {
    /// The number of the journal entry.
    id: i64,
    verdict: &'static str,
    reason: &'static str,
}

/// Whether a driver is at the pickup point, by the last fixes of the phone.
///
/// Nothing is stored but overrides: send the verdict back as `previous` with the next check.
#[utoipa::path(post, path = "/v1/arrival-checks", tag = "apps", params(PlaceParams), request_body = ArrivalBody,
    responses((status = 200, body = ArrivalAnswer), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "An override by somebody who may not"), (status = 413, body = Problem),
        (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn check(
    visitor: Visitor,
    State(state): State<AppState>,
    RawQuery(raw): RawQuery,
    JsonBody(body): JsonBody<ArrivalBody>,
) -> Result<Json<ArrivalAnswer>, ApiError> {
    let params: PlaceParams = params::read(raw.as_deref())?;
    let wanted = params.lang.as_deref().or(body.lang.as_deref());
    let language = Wording::of(&params::languages(wanted, &visitor.reader.headers)?);
    let rulings = state.rulings();
    let checked = body.check(state.now_ms(), &rulings)?;
    let live = state.live();
    let lies_between = |fix, point| between(&live.snapshot, fix, point);
    let judgement = judge(&checked.as_check(), lies_between);
    let (verdict, reason) = (judgement.verdict.as_str(), judgement.reason.as_str());
    metrics::counter!("arrival_checks_total", "verdict" => verdict, "reason" => reason)
        .increment(1);
    let Some(asked) = &body.overridden else {
        return Ok(Json(render(&judgement, language)));
    };
    asked.check()?;
    let person = visitor.dispatcher(&state).await?;
    let entry = asked.entry(&person, &checked, &judgement);
    let id = state.base().log_override(&entry, state.now_ms()).await?;
    Ok(Json(ArrivalAnswer {
        verdict: Verdict::Arrived.as_str(),
        reason: "overridden",
        text: overridden(language).to_owned(),
        overridden: Some(OverrideView {
            id,
            verdict,
            reason,
        }),
        ..render(&judgement, language)
    }))
}

/// A body whose fields are in order.
struct CheckedArrival<'a> {
    target: Target<'a>,
    fixes: Vec<Fix>,
    previous: Option<Verdict>,
    now_ms: i64,
}

impl CheckedArrival<'_> {
    fn as_check(&self) -> Check<'_> {
        Check {
            target: self.target,
            fixes: &self.fixes,
            previous: self.previous,
            now_ms: self.now_ms,
        }
    }
}

impl ArrivalBody {
    fn check<'a>(&self, now_ms: i64, rulings: &'a Rulings) -> Result<CheckedArrival<'a>, ApiError> {
        let count = self.fixes.len();
        if !(1..=MAX_FIXES).contains(&count) {
            let detail = format!("expected 1 to {MAX_FIXES} fixes, got {count}");
            return Err(ApiError::invalid("fixes", detail));
        }
        let target = self.point.check(rulings)?;
        let fixes = self.fixes.iter().enumerate().map(|(n, f)| f.check(n));
        let previous = self.previous.as_deref().map(str::parse).transpose();
        let now = self.now.as_deref().map(str::parse::<Moment>).transpose();
        Ok(CheckedArrival {
            target,
            fixes: fixes.collect::<Result<_, _>>()?,
            previous: previous.map_err(|e| ApiError::invalid("previous", e))?,
            now_ms: now
                .map_err(|e| ApiError::invalid("now", e))?
                .map_or(now_ms, Moment::unix_ms),
        })
    }
}

impl PointBody {
    fn check<'a>(&self, rulings: &'a Rulings) -> Result<Target<'a>, ApiError> {
        let kind: PointKind = self
            .kind
            .parse()
            .map_err(|e| ApiError::invalid("point.kind", e))?;
        within(
            "point.heading",
            self.heading.unwrap_or_default(),
            0.0..=360.0,
        )?;
        Ok(Target {
            point: position("point", self.lon, self.lat)?,
            kind,
            heading_deg: self.heading,
            zone: self
                .zone
                .map(|id| self.outline(id, kind, rulings))
                .transpose()?,
        })
    }

    fn outline<'a>(
        &self,
        id: i64,
        kind: PointKind,
        rulings: &'a Rulings,
    ) -> Result<&'a Area, ApiError> {
        if kind != PointKind::Zone {
            let detail = format!("expected none for a point of kind `{kind}`, got `{id}`");
            return Err(ApiError::invalid("point.zone", detail));
        }
        let missing = || {
            let detail = format!("expected the id of a zone in force, got `{id}`");
            ApiError::invalid("point.zone", detail)
        };
        Ok(&rulings.zone(id).ok_or_else(missing)?.area)
    }
}

impl FixBody {
    fn check(&self, n: usize) -> Result<Fix, ApiError> {
        let field = |name: &str| format!("fixes[{n}].{name}");
        let time: Moment = self
            .time
            .parse()
            .map_err(|e: String| ApiError::invalid(&field("time"), e))?;
        let or_zero = Option::unwrap_or_default;
        within(&field("accuracy_m"), self.accuracy_m, 0.0..=MAX_ACCURACY_M)?;
        within(
            &field("speed_mps"),
            or_zero(self.speed_mps),
            0.0..=MAX_SPEED_MPS,
        )?;
        within(&field("heading"), or_zero(self.heading), 0.0..=360.0)?;
        Ok(Fix {
            at_ms: time.unix_ms(),
            point: position(&format!("fixes[{n}]"), self.lon, self.lat)?,
            accuracy_m: self.accuracy_m,
            speed_mps: self.speed_mps,
            heading_deg: self.heading,
            mocked: self.mock,
        })
    }
}

impl OverrideBody {
    fn check(&self) -> Result<(), ApiError> {
        if !CAPACITIES.contains(&self.role.as_str()) {
            let all = CAPACITIES.join(", ");
            let detail = format!("expected one of {all}, got `{}`", self.role);
            return Err(ApiError::invalid("override.role", detail));
        }
        let chars = self.reason.trim().chars().count();
        if !REASON_CHARS.contains(&chars) {
            let (low, high) = (REASON_CHARS.start(), REASON_CHARS.end());
            let detail = format!("expected {low} to {high} characters, got {chars}");
            return Err(ApiError::invalid("override.reason", detail));
        }
        Ok(())
    }

    /// What the base keeps of it.
    fn entry<'a>(
        &'a self,
        person: &Person,
        checked: &CheckedArrival<'_>,
        judgement: &Judgement,
    ) -> ArrivalOverride<'a> {
        let target = &checked.target;
        ArrivalOverride {
            who: person.token,
            why: self.reason.trim(),
            from: judgement.verdict.as_str(),
            to: Verdict::Arrived.as_str(),
            detail: json!({
                "role": self.role,
                "reason": judgement.reason.as_str(),
                "point": [target.point.lon(), target.point.lat()],
                "kind": target.kind.as_str(),
                "distance_m": judgement.distance_m.map(tenths),
                "needed_m": tenths(judgement.needed_m),
            }),
        }
    }
}

fn render(judgement: &Judgement, language: Wording) -> ArrivalAnswer {
    let note = |n: &Note| NoteView {
        rule: n.rule.as_str(),
        ok: n.ok,
        value: n.value.map(tenths),
        limit: n.limit.map(tenths),
    };
    ArrivalAnswer {
        verdict: judgement.verdict.as_str(),
        distance_m: judgement.distance_m.map(tenths),
        needed_m: tenths(judgement.needed_m),
        reason: judgement.reason.as_str(),
        text: sentence(judgement, language),
        why: judgement.why.iter().map(note).collect(),
        overridden: None,
    }
}

/// With one decimal.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn within(field: &str, value: f64, range: RangeInclusive<f64>) -> Result<(), ApiError> {
    if range.contains(&value) {
        return Ok(());
    }
    let (low, high) = (range.start(), range.end());
    let detail = format!("expected a number between {low} and {high}, got `{value}`");
    Err(ApiError::invalid(field, detail))
}

/// A point whose coordinates are fields of `of`.
fn position(of: &str, lon: f64, lat: f64) -> Result<LonLat, ApiError> {
    within(&format!("{of}.lon"), lon, -180.0..=180.0)?;
    within(&format!("{of}.lat"), lat, -90.0..=90.0)?;
    LonLat::new(lon, lat).map_err(|e| ApiError::invalid(of, e.to_string()))
}
