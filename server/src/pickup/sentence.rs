//! A verdict as a sentence for a driver or a dispatcher, in Ukrainian, English or Russian.

use super::arrival::MAX_SPEED_KMH;
use super::verdict::{Judgement, Reason};
use geodata::pickup::Wording;

/// The sentence of a verdict that somebody overrode.
pub fn overridden(language: Wording) -> &'static str {
    language.pick([
        "Прибуття підтверджено вручну.",
        "The arrival was confirmed by hand.",
        "Прибытие подтверждено вручную.",
    ])
}

/// The sentence.
pub fn sentence(judgement: &Judgement, language: Wording) -> String {
    let chosen = language.pick(template(judgement.reason));
    let metres = |m: f64| format!("{:.0}", m.ceil());
    chosen
        .replace(
            "{distance}",
            &judgement.distance_m.map_or(String::new(), metres),
        )
        .replace("{needed}", &format!("{:.0}", judgement.needed_m.floor()))
        .replace("{speed}", &format!("{MAX_SPEED_KMH:.0}"))
}

/// Ukrainian, English, Russian.
fn template(reason: Reason) -> [&'static str; 3] {
    match reason {
        Reason::Arrived => [
            "Водій на місці.",
            "The driver is there.",
            "Водитель на месте.",
        ],
        Reason::Future => [
            "Годинник телефона поспішає: немає придатного положення.",
            "The phone's clock is ahead: there is no usable position.",
            "Часы телефона спешат: нет пригодного положения.",
        ],
        Reason::Mocked => [
            "Телефон показує підмінене положення.",
            "The phone shows a made-up position.",
            "Телефон показывает подменённое положение.",
        ],
        Reason::Stale => [
            "Положення застаріло: зачекайте на свіже.",
            "The position is too old: wait for a fresh one.",
            "Положение устарело: подождите свежего.",
        ],
        Reason::Jump => [
            "Положення стрибнуло так, як авто не їздить.",
            "The position jumped as no car drives.",
            "Положение прыгнуло так, как машины не ездят.",
        ],
        Reason::Unsettled => [
            "Супутники щойно знайдено: зачекайте кілька секунд.",
            "The satellites have just been found again: wait a few seconds.",
            "Спутники только что найдены: подождите несколько секунд.",
        ],
        Reason::TooFar => [
            "До точки {distance} м, потрібно не більше {needed} м.",
            "{distance} m to the point; at most {needed} m are needed.",
            "До точки {distance} м, нужно не больше {needed} м.",
        ],
        Reason::Inaccurate => [
            "Положення надто неточне.",
            "The position is too inaccurate.",
            "Положение слишком неточное.",
        ],
        Reason::Moving => [
            "Авто ще рухається: потрібно не швидше {speed} км/год.",
            "The car is still moving: at most {speed} km/h are needed.",
            "Машина ещё движется: нужно не быстрее {speed} км/ч.",
        ],
        Reason::OppositeSide => [
            "Авто на протилежному боці вулиці.",
            "The car is on the opposite side of the street.",
            "Машина на противоположной стороне улицы.",
        ],
        Reason::Barrier => [
            "Між авто й точкою огорожа.",
            "There is a barrier between the car and the point.",
            "Между машиной и точкой ограждение.",
        ],
        Reason::Water => [
            "Між авто й точкою вода.",
            "There is water between the car and the point.",
            "Между машиной и точкой вода.",
        ],
        Reason::TooShort => [
            "Авто щойно приїхало: зачекайте кілька секунд.",
            "The car has only just come: wait a few seconds.",
            "Машина только что подъехала: подождите несколько секунд.",
        ],
    }
}
