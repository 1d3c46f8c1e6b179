//! A drawing of a place with its surroundings and pickup points, so that a person sees why.

use super::plane::Xy;
use super::scene::Scene;
use super::{PickupAnswer, bounds_of};
use crate::ground::{AreaKind, LineKind, MarkKind};
use std::fmt::Write;

/// How much is drawn around the anchors and points, in metres.
const MARGIN_M: f64 = 60.0;
/// Pixels of a metre.
const SCALE: f64 = 3.0;
/// The widest and highest drawing, in metres.
const MAX_SIDE_M: f64 = 800.0;
/// Colours of points by their rank.
const FIRST: &str = "#d81b60";
const OTHERS: &str = "#8e24aa";

/// Draws an answer as SVG, north at the top, three pixels a metre.
pub fn draw(answer: &PickupAnswer) -> String {
    let scene = &answer.sight.scene;
    let points = answer.points.iter().map(|p| scene.plane.xy(p.point));
    let shown = points.chain(answer.sight.anchors.iter().map(|a| a.at));
    let (low, high) = bounds_of(shown, MARGIN_M);
    let paper = Paper {
        low,
        width: (high.x - low.x).min(MAX_SIDE_M),
        height: (high.y - low.y).min(MAX_SIDE_M),
    };
    let mut svg = paper.begin();
    paper.ground(&mut svg, scene);
    for anchor in &answer.sight.anchors {
        let colour = "#00695c";
        paper.dot(&mut svg, (anchor.at, 2.2, colour), &anchor.reference);
    }
    for (n, point) in answer.points.iter().enumerate().rev() {
        let colour = if n == 0 { FIRST } else { OTHERS };
        let walk: Vec<Xy> = point.walk.iter().map(|p| scene.plane.xy(*p)).collect();
        paper.line(
            &mut svg,
            &walk,
            &format!("stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"4 4\""),
        );
        let at = scene.plane.xy(point.point);
        let label = format!("{} {} · {:.0} m", n + 1, point.name, point.walk_m);
        paper.dot(&mut svg, (at, 3.2, colour), &label);
        let ahead = point.heading_deg.to_radians();
        let tip = Xy {
            x: at.x + 8.0 * ahead.sin(),
            y: at.y + 8.0 * ahead.cos(),
        };
        paper.line(
            &mut svg,
            &[at, tip],
            &format!("stroke=\"{colour}\" stroke-width=\"3\""),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A sheet over a box of the plane.
struct Paper {
    low: Xy,
    width: f64,
    height: f64,
}

impl Paper {
    fn begin(&self) -> String {
        let (w, h) = (self.width * SCALE, self.height * SCALE);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w:.0}\" height=\"{h:.0}\" viewBox=\"0 0 {w:.0} {h:.0}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#f7f5f0\"/>\n"
        )
    }

    fn ground(&self, svg: &mut String, scene: &Scene) {
        for area in &scene.areas {
            let style = match area.kind {
                AreaKind::Site => "fill=\"#e8f0d8\" stroke=\"#b7c79a\"",
                AreaKind::Terminal => "fill=\"#d7ccc8\" stroke=\"#8d6e63\"",
                AreaKind::Building => "fill=\"#dcd5c9\" stroke=\"#a89f8e\"",
            };
            self.shape(svg, &area.ring, ("polygon", style));
        }
        for road in &scene.roads {
            let colour = if road.road.is_open() {
                "#ffffff"
            } else {
                "#f0c4c4"
            };
            let width = if road.road.class.is_major() {
                24
            } else if road.road.class.is_street() {
                16
            } else {
                10
            };
            self.line(
                svg,
                &road.line,
                &format!("stroke=\"#c9c4ba\" stroke-width=\"{}\"", width + 2),
            );
            self.line(
                svg,
                &road.line,
                &format!("stroke=\"{colour}\" stroke-width=\"{width}\""),
            );
        }
        for (kind, line) in &scene.lines {
            let style = match kind {
                LineKind::Barrier => "stroke=\"#b71c1c\" stroke-width=\"2\"",
                LineKind::Rail => "stroke=\"#424242\" stroke-width=\"3\" stroke-dasharray=\"8 4\"",
                LineKind::Tram => "stroke=\"#616161\" stroke-width=\"1\"",
                LineKind::Water => "stroke=\"#4fc3f7\" stroke-width=\"4\"",
                LineKind::Path(_) => {
                    "stroke=\"#e57373\" stroke-width=\"1\" stroke-dasharray=\"2 3\""
                }
                LineKind::Road(_) => continue,
            };
            self.line(svg, line, style);
        }
        for mark in &scene.marks {
            let colour = match mark.kind {
                MarkKind::Gate(gate) if gate.cars => "#2e7d32",
                MarkKind::Gate(_) => "#b71c1c",
                MarkKind::Crossing => "#f9a825",
                MarkKind::Entrance(_) => "#00897b",
                MarkKind::TaxiStand => "#fbc02d",
                MarkKind::BusStop => "#1565c0",
                MarkKind::Junction => continue,
            };
            self.dot(svg, (mark.at, 1.4, colour), "");
        }
    }

    fn x(&self, at: Xy) -> f64 {
        (at.x - self.low.x) * SCALE
    }

    fn y(&self, at: Xy) -> f64 {
        (self.height - (at.y - self.low.y)) * SCALE
    }

    /// A shape, unless it lies wholly off the sheet.
    fn shape(&self, svg: &mut String, points: &[Xy], (element, style): (&str, &str)) {
        let span = |value: fn(&Xy) -> f64, low: f64, side: f64| {
            let all = || points.iter().map(value);
            let (min, max) = (
                all().fold(f64::INFINITY, f64::min),
                all().fold(f64::NEG_INFINITY, f64::max),
            );
            max >= low && min <= low + side
        };
        if !span(|p| p.x, self.low.x, self.width) || !span(|p| p.y, self.low.y, self.height) {
            return;
        }
        let listed = points.iter().fold(String::new(), |mut text, p| {
            put(
                &mut text,
                format_args!("{:.1},{:.1} ", self.x(*p), self.y(*p)),
            );
            text
        });
        put(
            svg,
            format_args!("<{element} points=\"{}\" {style}/>\n", listed.trim_end()),
        );
    }

    fn line(&self, svg: &mut String, points: &[Xy], style: &str) {
        let style =
            format!("fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\" {style}");
        self.shape(svg, points, ("polyline", &style));
    }

    fn dot(&self, svg: &mut String, (at, radius_m, colour): (Xy, f64, &str), label: &str) {
        let (x, y) = (self.x(at), self.y(at));
        let radius = radius_m * SCALE;
        put(
            svg,
            format_args!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{colour}\" stroke=\"#fff\"/>\n"
            ),
        );
        if !label.is_empty() {
            let text = escape(label);
            put(
                svg,
                format_args!(
                    "<text x=\"{:.1}\" y=\"{:.1}\" stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\">{text}</text>\n",
                    x + radius + 3.0,
                    y + 4.0
                ),
            );
        }
    }
}

fn put(text: &mut String, piece: std::fmt::Arguments<'_>) {
    text.write_fmt(piece).expect("a string takes everything");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
