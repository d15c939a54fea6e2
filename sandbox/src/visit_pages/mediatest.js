// Tries camera, microphone and speaker. Without any of them it says so and nothing else happens.

const [picture, note, level, result] = ["picture", "picture-note", "level", "result"].map((id) => document.getElementById(id));
const say = (words) => { result.textContent = words; };

async function capture(wanted, missing) {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    say(error?.name === "NotAllowedError" ? "The browser does not allow it. Change that beside the address." : missing);
    return undefined;
  }
}

document.getElementById("camera").addEventListener("click", async () => {
  const stream = await capture({ video: true }, "No camera was found.");
  if (!stream) return;
  picture.srcObject = stream;
  picture.hidden = false;
  note.hidden = true;
  await picture.play().catch(() => {});
  say("The camera works.");
});

document.getElementById("microphone").addEventListener("click", async () => {
  const stream = await capture({ audio: true }, "No microphone was found.");
  if (!stream) return;
  say("Say something: the bar moves.");
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const draw = () => {
    analyser.getByteTimeDomainData(samples);
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0) / 128;
    level.style.inlineSize = `${Math.round(Math.min(1, peak * 1.5) * 100)}%`;
    requestAnimationFrame(draw);
  };
  draw();
});

document.getElementById("speaker").addEventListener("click", () => {
  try {
    const context = new AudioContext();
    const tone = context.createOscillator();
    const volume = context.createGain();
    volume.gain.value = 0.1;
    tone.connect(volume).connect(context.destination);
    tone.start();
    tone.stop(context.currentTime + 0.6);
    say("You should hear a tone.");
  } catch {
    say("This browser plays no sound.");
  }
});
