//! A short sound, made by the browser: two soft notes.

use wasm_bindgen::JsValue;
use web_sys::{AudioContext, OscillatorType};

/// The notes, in hertz, each with when it begins, in seconds.
const NOTES: [(f32, f64); 2] = [(660.0, 0.0), (880.0, 0.12)];
const LASTS_SECS: f64 = 0.35;
const VOLUME: f32 = 0.08;

/// Plays it; not at all where the browser wants the guest to press something first.
pub fn chime() {
    // Whatever is missing, it stays silent.
    let _ = play();
}

fn play() -> Result<(), JsValue> {
    let context = AudioContext::new()?;
    let now = context.current_time();
    for (pitch, begins) in NOTES {
        let (note, volume) = (context.create_oscillator()?, context.create_gain()?);
        note.set_type(OscillatorType::Sine);
        note.frequency().set_value(pitch);
        volume.gain().set_value_at_time(VOLUME, now + begins)?;
        volume.gain().exponential_ramp_to_value_at_time(0.0001, now + begins + LASTS_SECS)?;
        note.connect_with_audio_node(&volume)?;
        volume.connect_with_audio_node(&context.destination())?;
        note.start_with_when(now + begins)?;
        note.stop_with_when(now + begins + LASTS_SECS)?;
    }
    super::window::after(1_000, move || {
        let _ = context.close();
    });
    Ok(())
}
