// Reading QR codes with what the browser brings along. Where it brings nothing the page says how to go on.

const PAUSE = 200; // milliseconds between two looks through the camera
const PATIENCE = 60_000;

export async function canScan() {
  if (typeof BarcodeDetector === "undefined") return false;
  try {
    return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
  } catch {
    return false;
  }
}

const detector = () => new BarcodeDetector({ formats: ["qr_code"] });

/** The text of the first QR code that the camera sees within a minute; throws when there is no camera or no code. */
export async function watch(video) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  try {
    video.srcObject = stream;
    await video.play();
    const eye = detector();
    for (const end = Date.now() + PATIENCE; Date.now() < end; ) {
      const [code] = await eye.detect(video);
      if (code) return code.rawValue;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    throw new Error("no code was seen");
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}

/** The text of the QR code in a picture, or null. */
export async function inPicture(file) {
  try {
    const [code] = await detector().detect(await createImageBitmap(file));
    return code?.rawValue ?? null;
  } catch {
    return null;
  }
}
