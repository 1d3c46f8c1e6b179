//! A second opinion on pickup points: the map read again by another reader, walks flooded over a finer grid by another
//! rule, nothing shared with what is judged.

use geodata::LonLat;
use osmpbfreader::{NodeId, OsmObj, OsmPbfReader, Tags};
use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::File;
use std::path::Path;

/// The side of a square of the index, in degrees.
const SQUARE: f64 = 0.002;
/// How far around a place the map is looked at, in metres.
const AROUND_M: f64 = 420.0;
/// A point is at a road if it is no farther from its middle, in metres.
const AT_ROAD_M: f64 = 7.0;
/// Half the width of an obstacle, and the reach of a gate and of a crossing, in metres.
const WALL_M: f64 = 0.75;
const GATE_M: f64 = 3.5;
const CROSSING_M: f64 = 9.0;
/// A walk ends this near to its door, in metres.
const DOOR_M: f64 = 3.5;

/// A segment or a point of the map, in metres around the asked place.
type Xy = (f64, f64);

#[derive(Clone)]
struct Road {
    line: Vec<LonLat>,
    /// 0 for motorways to 5 for what is less than tertiary.
    rank: u8,
    /// 1 with the line, -1 against it, 0 both.
    oneway: i8,
    closed: bool,
}

#[derive(Clone)]
enum Thing {
    Road(Road),
    /// A fence or wall.
    Wall(Vec<LonLat>),
    /// Tracks or water: whatever way crosses them leads over.
    Nature(Vec<LonLat>),
    /// A way for walkers; `true` over or under everything.
    Path(Vec<LonLat>, bool),
    Gate(LonLat),
    Crossing(LonLat),
    Door(LonLat),
}

impl Thing {
    fn points(&self) -> &[LonLat] {
        match self {
            Thing::Road(road) => &road.line,
            Thing::Wall(line) | Thing::Nature(line) | Thing::Path(line, _) => line,
            Thing::Gate(at) | Thing::Crossing(at) | Thing::Door(at) => std::slice::from_ref(at),
        }
    }
}

/// The map, for judging.
pub struct PickupJudge {
    things: Vec<Thing>,
    squares: HashMap<(i32, i32), Vec<usize>>,
}

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Proposal {
    pub point: LonLat,
    /// The direction of the car in degrees; `None` for a proposal that does not say.
    pub heading_deg: Option<f64>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// At a road that is open to cars.
    pub at_road: bool,
    /// At the kerb of its direction, and not across a road with through traffic.
    pub right_side: bool,
    /// Somebody gets there on foot.
    pub walkable: bool,
}

impl Verdict {
    pub fn is_good(self) -> bool {
        self.at_road && self.right_side && self.walkable
    }
}

impl PickupJudge {
    /// Reads an extract.
    pub fn read(path: &Path) -> PickupJudge {
        let file = File::open(path).expect("an extract");
        let mut reader = OsmPbfReader::new(file);
        let objects: Vec<OsmObj> = reader
            .par_iter()
            .map(|o| o.expect("an object"))
            .filter(|o| !o.is_relation())
            .collect();
        let mut points: HashMap<NodeId, LonLat> = HashMap::new();
        for node in objects.iter().filter_map(OsmObj::node) {
            points.insert(node.id, LonLat::clamped(node.lon(), node.lat()));
        }
        let mut judge = PickupJudge {
            things: Vec::new(),
            squares: HashMap::new(),
        };
        for object in &objects {
            match object {
                OsmObj::Node(node) => {
                    judge
                        .things
                        .extend(node_thing(&node.tags, points[&node.id]));
                }
                OsmObj::Way(way) => {
                    let line: Vec<LonLat> = way
                        .nodes
                        .iter()
                        .filter_map(|n| points.get(n).copied())
                        .collect();
                    judge.things.extend(way_thing(&way.tags, line));
                }
                OsmObj::Relation(_) => {}
            }
        }
        for (row, thing) in judge.things.iter().enumerate() {
            for square in squares_of(thing.points()) {
                judge.squares.entry(square).or_default().push(row);
            }
        }
        judge
    }

    /// Doors of the map within a distance of a point, in metres.
    pub fn doors_near(&self, at: LonLat, reach_m: f64) -> Vec<LonLat> {
        let things = self.around(at).into_iter();
        let doors = things.filter_map(|t| match t {
            Thing::Door(door) => Some(*door),
            _ => None,
        });
        doors.filter(|d| d.distance_m(at) <= reach_m).collect()
    }

    /// The nearest point on any road that a car may use by its class: what a service does that knows nothing else.
    pub fn nearest_road(&self, at: LonLat) -> Option<Proposal> {
        let roads = self.around(at).into_iter().filter_map(|t| match t {
            Thing::Road(road) => geodata::nearest_on_line(&road.line, at),
            _ => None,
        });
        let nearest = roads.min_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Proposal {
            point: nearest.0,
            heading_deg: None,
        })
    }

    /// Judges a point for somebody who comes out of one of some doors.
    pub fn judge(&self, doors: &[LonLat], proposal: Proposal) -> Verdict {
        let around = self.around(proposal.point);
        let road = around
            .iter()
            .filter_map(|t| match t {
                Thing::Road(road) if !road.closed => {
                    Some((road, geodata::nearest_on_line(&road.line, proposal.point)?))
                }
                _ => None,
            })
            .min_by(|a, b| a.1.1.total_cmp(&b.1.1))
            .filter(|(_, (_, far))| *far <= AT_ROAD_M);
        Verdict {
            at_road: road.is_some(),
            right_side: road.is_some_and(|(road, _)| is_right_side(road, doors, proposal)),
            walkable: self.is_walkable(doors, proposal.point),
        }
    }

    fn around(&self, at: LonLat) -> Vec<&Thing> {
        let reach = AROUND_M / 111_000.0;
        let wide = reach / at.lat().to_radians().cos();
        let corners = [
            LonLat::clamped(at.lon() - wide, at.lat() - reach),
            LonLat::clamped(at.lon() + wide, at.lat() + reach),
        ];
        let mut rows: Vec<usize> = squares_of(&corners)
            .iter()
            .filter_map(|s| self.squares.get(s))
            .flatten()
            .copied()
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().map(|row| &self.things[row]).collect()
    }

    /// Floods squares of a metre from the point until it is at a door.
    fn is_walkable(&self, doors: &[LonLat], from: LonLat) -> bool {
        let obstacles = Obstacles::new(&self.around(from), from);
        let goals: Vec<Xy> = doors.iter().map(|door| from.offset_m(*door)).collect();
        flood(&goals, &|at| obstacles.block(at))
    }
}

/// What is in the way of a walk, and what opens it, in metres around a point.
#[derive(Default)]
struct Obstacles {
    walls: Vec<(Xy, Xy)>,
    nature: Vec<(Xy, Xy)>,
    large_roads: Vec<(Xy, Xy)>,
    open_roads: Vec<(Xy, Xy)>,
    paths: Vec<(Xy, Xy)>,
    /// Paths over or under everything.
    apart: Vec<(Xy, Xy)>,
    gates: Vec<Xy>,
    crossings: Vec<Xy>,
}

impl Obstacles {
    fn new(around: &[&Thing], from: LonLat) -> Obstacles {
        let mut found = Obstacles::default();
        for thing in around {
            let flat: Vec<Xy> = thing.points().iter().map(|p| from.offset_m(*p)).collect();
            let segments = || flat.windows(2).map(|w| (w[0], w[1]));
            match thing {
                Thing::Wall(_) => found.walls.extend(segments()),
                Thing::Nature(_) => found.nature.extend(segments()),
                Thing::Road(road) => {
                    if road.rank <= 3 {
                        found.large_roads.extend(segments());
                    }
                    if !road.closed {
                        found.open_roads.extend(segments());
                    }
                }
                Thing::Path(_, apart) => {
                    found.paths.extend(segments());
                    if *apart {
                        found.apart.extend(segments());
                    }
                }
                Thing::Gate(_) => found.gates.extend(flat),
                Thing::Crossing(_) => found.crossings.extend(flat),
                Thing::Door(_) => {}
            }
        }
        found
    }

    fn block(&self, at: Xy) -> bool {
        let near = |lines: &[(Xy, Xy)], reach: f64| lines.iter().any(|s| apart(*s, at) < reach);
        let marked = |points: &[Xy], reach: f64| {
            let close = |p: &Xy| (p.0 - at.0).hypot(p.1 - at.1) < reach;
            points.iter().any(close)
        };
        let led = |reach| near(&self.paths, reach) || near(&self.open_roads, reach);
        let crossed = || marked(&self.crossings, CROSSING_M);
        let walled = near(&self.walls, WALL_M) && !marked(&self.gates, GATE_M) && !led(1.5);
        let wild = near(&self.nature, WALL_M) && !led(3.0) && !crossed();
        let busy = near(&self.large_roads, WALL_M) && !crossed() && !near(&self.apart, 2.0);
        walled || wild || busy
    }
}

/// Whether a flood from the origin reaches one of some points.
fn flood(goals: &[Xy], blocked: &dyn Fn(Xy) -> bool) -> bool {
    let mut seen: HashSet<(i32, i32)> = HashSet::from([(0, 0)]);
    let mut queue = VecDeque::from([(0, 0)]);
    while let Some((x, y)) = queue.pop_front() {
        let at = (f64::from(x), f64::from(y));
        if goals
            .iter()
            .any(|g| (g.0 - at.0).hypot(g.1 - at.1) <= DOOR_M)
        {
            return true;
        }
        for next in [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)] {
            let reach = (f64::from(next.0), f64::from(next.1));
            let inside = reach.0.hypot(reach.1) < AROUND_M - 20.0;
            if inside && seen.insert(next) && !blocked(reach) {
                queue.push_back(next);
            }
        }
    }
    false
}

/// The distance of a point from a segment.
fn apart((a, b): (Xy, Xy), at: Xy) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let square = dx * dx + dy * dy;
    let share = if square > 0.0 {
        (((at.0 - a.0) * dx + (at.1 - a.1) * dy) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (at.0 - a.0 - dx * share).hypot(at.1 - a.1 - dy * share)
}

/// Whether the car stands in its direction of travel at its right, and its rider need not cross through traffic.
fn is_right_side(road: &Road, doors: &[LonLat], proposal: Proposal) -> bool {
    let Some((a, b)) = segment_at(road, proposal.point) else {
        return false;
    };
    let along = a.offset_m(b);
    let side = |p: LonLat| {
        let (x, y) = a.offset_m(p);
        along.0 * y - along.1 * x
    };
    // Positive is left of the line.
    let nearest = doors.iter().min_by(|a, b| {
        a.distance_m(proposal.point)
            .total_cmp(&b.distance_m(proposal.point))
    });
    let same = nearest.is_none_or(|door| (side(*door) > 0.0) == (side(proposal.point) > 0.0));
    let through = road.rank <= 4;
    let Some(heading) = proposal.heading_deg else {
        // In the middle of the road: the car comes from whichever side its direction allows.
        let right = nearest.is_none_or(|door| side(*door) < 0.0);
        return match road.oneway {
            0 => true,
            1 => right || !through,
            _ => !right || !through,
        };
    };
    let (sin, cos) = heading.to_radians().sin_cos();
    let forward = along.0 * sin + along.1 * cos > 0.0;
    let allowed = match road.oneway {
        0 => true,
        1 => forward,
        _ => !forward,
    };
    let right_kerb = (side(proposal.point) < 0.0) == forward;
    allowed && right_kerb && (same || !through)
}

fn segment_at(road: &Road, at: LonLat) -> Option<(LonLat, LonLat)> {
    let segments = road.line.windows(2).map(|w| {
        let far = geodata::nearest_on_line(w, at).map_or(f64::INFINITY, |(_, far)| far);
        (far, (w[0], w[1]))
    });
    segments.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, s)| s)
}

fn is(tags: &Tags, key: &str, values: &[&str]) -> bool {
    tags.get(key).is_some_and(|v| values.contains(&v.as_str()))
}

fn node_thing(tags: &Tags, at: LonLat) -> Option<Thing> {
    if is(tags, "highway", &["crossing"]) || is(tags, "railway", &["crossing", "level_crossing"]) {
        return Some(Thing::Crossing(at));
    }
    if tags.contains_key("entrance") || is(tags, "railway", &["subway_entrance"]) {
        return Some(Thing::Door(at));
    }
    let gate =
        tags.contains_key("barrier") && !is(tags, "foot", &["no"]) && !is(tags, "access", &["no"]);
    gate.then_some(Thing::Gate(at))
}

fn way_thing(tags: &Tags, line: Vec<LonLat>) -> Option<Thing> {
    let under = tags.get("layer").is_some_and(|l| l.starts_with('-'))
        || tags
            .get("tunnel")
            .is_some_and(|t| t != "no" && t != "building_passage");
    let above = tags.get("bridge").is_some_and(|b| b != "no");
    if let Some(highway) = tags.get("highway") {
        let rank = match highway.trim_end_matches("_link") {
            "motorway" => 0,
            "trunk" => 1,
            "primary" => 2,
            "secondary" => 3,
            "tertiary" => 4,
            "unclassified" | "residential" | "living_street" | "service" | "road" | "track" => 5,
            "footway" | "path" | "pedestrian" | "steps" | "cycleway" => {
                let apart = above || under || is(tags, "footway", &["crossing"]);
                return Some(Thing::Path(line, apart));
            }
            _ => return None,
        };
        let keys = ["motorcar", "motor_vehicle", "vehicle", "access"];
        let said = keys.iter().find_map(|k| tags.get(*k));
        let closed = said.is_some_and(|v| {
            matches!(
                v.as_str(),
                "no" | "private" | "forestry" | "agricultural" | "delivery"
            )
        });
        let oneway = match tags.get("oneway").map(smartstring_str) {
            Some("yes" | "1" | "true") => 1,
            Some("-1") => -1,
            _ => i8::from(is(tags, "junction", &["roundabout", "circular"])),
        };
        if under || above && rank <= 3 {
            return None;
        }
        return Some(Thing::Road(Road {
            line,
            rank,
            oneway,
            closed,
        }));
    }
    if under || above {
        return None;
    }
    if is(
        tags,
        "barrier",
        &["fence", "wall", "retaining_wall", "hedge", "city_wall"],
    ) {
        return Some(Thing::Wall(line));
    }
    let nature = is(tags, "railway", &["rail", "light_rail"])
        || is(tags, "waterway", &["river", "canal", "stream"]);
    nature.then_some(Thing::Nature(line))
}

fn smartstring_str<S: AsRef<str>>(text: &S) -> &str {
    text.as_ref()
}

/// Squares of the index that the box around some points touches.
fn squares_of(points: &[LonLat]) -> Vec<(i32, i32)> {
    #[expect(clippy::cast_possible_truncation, reason = "degrees fit")]
    let square = |v: f64| (v / SQUARE).floor() as i32;
    let mut squares = HashSet::new();
    let mut last: Option<LonLat> = None;
    for point in points {
        let from = last.replace(*point).unwrap_or(*point);
        let (x, y) = (
            (square(from.lon()), square(point.lon())),
            (square(from.lat()), square(point.lat())),
        );
        for column in x.0.min(x.1)..=x.0.max(x.1) {
            for row in y.0.min(y.1)..=y.0.max(y.1) {
                squares.insert((column, row));
            }
        }
    }
    squares.into_iter().collect()
}
