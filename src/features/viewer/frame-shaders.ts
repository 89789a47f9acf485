/**
 * Shaders of the frame renderer. Pixels stay integers on the GPU (a u32 keeps its value), colour mapping happens here, so
 * that changing the contrast reads and decodes nothing again. Zoomed out, every screen pixel shows the largest measured
 * value under it: a spot of one detector pixel must not vanish.
 */
export type SamplerKind = 'unsigned' | 'signed' | 'float';

/** At most 8×8 texels are looked at per screen pixel; further out, frames are thinned as well. */
export const MAX_FOOTPRINT = 8;

const SAMPLER: Record<SamplerKind, string> = {
  unsigned: 'usampler2D',
  signed: 'isampler2D',
  float: 'sampler2D',
};
const SCALAR: Record<SamplerKind, string> = { unsigned: 'uint', signed: 'int', float: 'float' };

export const VERTEX_SHADER = `#version 300 es
// Corner of the tile in image pixels; u_view maps image pixels to clip space: scale.xy, offset.zw.
in vec2 a_corner;
uniform vec4 u_view;
uniform vec2 u_tileOrigin;
uniform vec2 u_tileSize;
void main() {
  gl_Position = vec4((u_tileOrigin + a_corner * u_tileSize) * u_view.xy + u_view.zw, 0.0, 1.0);
}`;

export function fragmentShader(kind: SamplerKind): string {
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${SAMPLER[kind]};
precision highp usampler2D;
uniform ${SAMPLER[kind]} u_frame;
uniform usampler2D u_mask;
uniform sampler2D u_colours;
uniform bool u_hasMask;
uniform bool u_showMask;
// Screen to texels of the layer: (pixel - xy) * z; w is the height of the screen.
uniform vec4 u_toTexel;
// Of the whole layer, of what this tile holds, and where that begins.
uniform ivec2 u_layerSize;
uniform ivec2 u_size;
uniform ivec2 u_heldFrom;
uniform int u_footprint;
uniform vec2 u_range;
uniform int u_transfer;
uniform vec3 u_maskColour;
uniform ${SCALAR[kind]} u_invalid;
out vec4 colour;

float transfer(float value) {
  float t = clamp((value - u_range.x) / max(u_range.y - u_range.x, 1e-6), 0.0, 1.0);
  if (u_transfer == 1) return log(1.0 + t * 999.0) / log(1000.0);
  if (u_transfer == 2) return sqrt(t);
  return t;
}

void main() {
  // From the place on the screen alone, so that tiles show what one texture would.
  vec2 pixel = vec2(gl_FragCoord.x, u_toTexel.w - gl_FragCoord.y);
  ivec2 centre = clamp(ivec2(floor((pixel - u_toTexel.xy) * u_toTexel.z)), ivec2(0), u_layerSize - 1) - u_heldFrom;
  ivec2 first = centre - u_footprint / 2;
  ivec2 from = max(first, ivec2(0));
  ivec2 behind = min(first + u_footprint, u_size);
  bool found = false;
  float best = 0.0;
  for (int y = from.y; y < behind.y; y++) {
    for (int x = from.x; x < behind.x; x++) {
      ivec2 at = ivec2(x, y);
      ${SCALAR[kind]} raw = texelFetch(u_frame, at, 0).r;
      bool masked = ${kind === 'float' ? 'isnan(raw)' : 'raw == u_invalid'};
      if (u_hasMask && !masked) masked = texelFetch(u_mask, at, 0).r != 0u;
      if (masked && u_showMask) continue;
      float value = float(raw);
      if (!found || value > best) best = value;
      found = true;
    }
  }
  colour = found ? vec4(texture(u_colours, vec2(transfer(best) * (255.0 / 256.0) + 0.5 / 256.0, 0.5)).rgb, 1.0) : vec4(u_maskColour, 1.0);
}`;
}
