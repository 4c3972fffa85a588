// The phone's camera: opened, lit, looked through, closed.

import { cut } from './aim';
import type { Code } from './choice';
import type { Picture, Reader } from './reader';

/** Why there is no picture: may not, has none, another has it, not from this address, not in this browser. */
export type Fault = 'refused' | 'missing' | 'busy' | 'insecure' | 'browser';

/** One look and the pause after it take at least this long, ms: as often as a steady hand needs, and the phone stays cool. */
const LOOK_MS = 120;
/** What is left to the page between two looks at the least, ms. */
const PAUSE_MS = 30;

const FAULTS: Record<string, Fault> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** What a browser's refusal means. */
export const faultOf = (why: unknown): Fault => FAULTS[(why as { name?: string } | null)?.name ?? ''] ?? 'busy';

/** What newer cameras tell, beyond what the language's own types know. */
interface More {
  torch?: boolean;
  focusMode?: string[];
}

export class Camera {
  private isOn = true;
  private readonly picture: Picture;

  private constructor(
    private readonly video: HTMLVideoElement,
    private readonly track: MediaStreamTrack,
  ) {
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
    if (!pen) throw new Error('no canvas');
    this.picture = { canvas, pen, size: { width: 0, height: 0 } };
  }

  /** Opens the camera on the back and shows it. Fails with a `Fault`. `lost` is told when the phone takes it away. */
  static async open(video: HTMLVideoElement, lost: () => void): Promise<Camera> {
    if (!navigator.mediaDevices?.getUserMedia) throw (isSecureContext ? 'browser' : 'insecure') satisfies Fault;
    let stream: MediaStream | undefined;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } },
      });
      const [track] = stream.getVideoTracks();
      if (!track) throw new DOMException('', 'NotFoundError');
      video.srcObject = stream;
      await video.play();
      const camera = new Camera(video, track);
      track.onended = () => camera.isOn && lost();
      if (camera.can.focusMode?.includes('continuous')) await camera.set({ focusMode: 'continuous' });
      return camera;
    } catch (why) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      throw faultOf(why);
    }
  }

  private get can(): More {
    return (this.track.getCapabilities?.() ?? {}) as More;
  }

  private async set(how: { torch?: boolean; focusMode?: string }): Promise<boolean> {
    return this.track.applyConstraints({ advanced: [how as MediaTrackConstraintSet] }).then(
      () => true,
      () => false,
    );
  }

  get hasTorch(): boolean {
    return this.can.torch === true;
  }

  /** Whether the light is on afterwards. */
  async light(isOn: boolean): Promise<boolean> {
    return (await this.set({ torch: isOn })) ? isOn : !isOn;
  }

  /** Looks again and again until it is closed. Fails when the reader does. */
  async watch(reader: Reader, seen: (codes: Code[]) => void): Promise<void> {
    while (this.isOn) {
      const began = performance.now();
      if (this.draw()) {
        const codes = await reader.read(this.picture);
        if (this.isOn) seen(codes);
      }
      const rest = Math.max(PAUSE_MS, LOOK_MS - (performance.now() - began));
      await new Promise(done => setTimeout(done, rest));
    }
  }

  /** Draws what lies in the frame now; nothing while there is no picture. */
  private draw(): boolean {
    const { video } = this;
    const view = { width: video.clientWidth, height: video.clientHeight };
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth || !view.width || !view.height) return false;
    const { canvas, pen } = this.picture;
    const { x, y, width, height, drawn } = cut({ width: video.videoWidth, height: video.videoHeight }, view);
    // The memory is the same from look to look; a phone that is turned has a picture of another shape.
    if (canvas.width !== drawn.width || canvas.height !== drawn.height) [canvas.width, canvas.height] = [drawn.width, drawn.height];
    this.picture.size = drawn;
    pen.drawImage(video, x, y, width, height, 0, 0, drawn.width, drawn.height);
    return true;
  }

  close(): void {
    this.isOn = false;
    this.track.stop();
    this.video.srcObject = null;
    // Safari frees a canvas late; one without pixels costs nothing.
    [this.picture.canvas.width, this.picture.canvas.height] = [0, 0];
  }
}
