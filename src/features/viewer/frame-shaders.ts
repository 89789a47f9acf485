/**
 * Shaders of the frame renderer. Pixels stay integers on the GPU (a u32 keeps its value), colour mapping happens here, so
 * that changing the contrast reads and decodes nothing again. Zoomed out, every screen pixel shows the largest measured
 * value under it: a spot of one detector pixel must not vanish.
 */
export type SamplerKind = 'unsigned' | 'signed' | 'float';

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
out vec2 v_texel;
void main() {
  v_texel = a_corner * u_tileSize;
  gl_Position = vec4((u_tileOrigin + v_texel) * u_view.xy + u_view.zw, 0.0, 1.0);
}`;

export function fragmentShader(kind: SamplerKind): string {
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${SAMPLER[kind]};
precision highp usampler2D;
in vec2 v_texel;
uniform ${SAMPLER[kind]} u_frame;
uniform usampler2D u_mask;
uniform sampler2D u_colours;
uniform bool u_hasMask;
uniform bool u_showMask;
uniform ivec2 u_size;
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
  ivec2 centre = ivec2(floor(v_texel));
  ivec2 first = centre - u_footprint / 2;
  bool found = false;
  float best = 0.0;
  for (int dy = 0; dy < u_footprint; dy++) {
    for (int dx = 0; dx < u_footprint; dx++) {
      ivec2 at = first + ivec2(dx, dy);
      if (any(lessThan(at, ivec2(0))) || any(greaterThanEqual(at, u_size))) continue;
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
