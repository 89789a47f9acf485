/**
 * Shaders of the frame renderer. Pixels stay integers on the GPU (a u32 keeps its value), colour mapping happens here, so
 * that changing the contrast reads and decodes nothing again. Zoomed out, every screen pixel shows the largest measured
 * value under it: a spot of one detector pixel must not vanish.
 */
export type SamplerKind = 'unsigned' | 'signed' | 'float';

export type Transfer = 'linear' | 'log' | 'sqrt';

/** What a shader is made for: each decides nothing that is the same for all pixels. */
export interface ShaderKind {
  sampler: SamplerKind;
  /** Side of the square of texels that a pixel of the screen shows the largest of. */
  footprint: number;
  /** Masked pixels and those without measurement are left out. */
  isMasking: boolean;
  /** There is a mask beside the values that mean "no measurement". */
  hasMask: boolean;
  transfer: Transfer;
}

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

const TRANSFER: Record<Transfer, string> = {
  linear: 't',
  log: 'log(1.0 + t * 999.0) / 6.907755279',
  sqrt: 'sqrt(t)',
};
/** Less than any measured value. */
const NONE = '-3.4e38';

/** The value of a texel; NONE where it is not to be shown. */
function valueAt({ sampler, isMasking, hasMask }: ShaderKind): string {
  const isInvalid = sampler === 'float' ? 'isnan(raw)' : 'raw == u_invalid';
  const isMasked = hasMask ? `${isInvalid} || texelFetch(u_mask, at, 0).r != 0u` : isInvalid;
  // Not a number is never a value.
  const isOut = isMasking ? isMasked : sampler === 'float' ? isInvalid : null;
  return isOut === null ? 'float(raw)' : `(${isOut}) ? ${NONE} : float(raw)`;
}

export function fragmentShader(made: ShaderKind): string {
  const { sampler, footprint, transfer } = made;
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${SAMPLER[sampler]};
precision highp usampler2D;
uniform ${SAMPLER[sampler]} u_frame;
uniform usampler2D u_mask;
uniform sampler2D u_colours;
// Screen to texels of the layer: (pixel - xy) * z; w is the height of the screen.
uniform vec4 u_toTexel;
// Of the whole layer, of what this tile holds, and where that begins.
uniform ivec2 u_layerSize;
uniform ivec2 u_size;
uniform ivec2 u_heldFrom;
uniform vec2 u_range;
uniform vec3 u_maskColour;
uniform ${SCALAR[sampler]} u_invalid;
out vec4 colour;

float valueAt(ivec2 at) {
  ${SCALAR[sampler]} raw = texelFetch(u_frame, at, 0).r;
  return ${valueAt(made)};
}

void main() {
  // From the place on the screen alone, so that tiles show what one texture would.
  vec2 pixel = vec2(gl_FragCoord.x, u_toTexel.w - gl_FragCoord.y);
  ivec2 centre = clamp(ivec2(floor((pixel - u_toTexel.xy) * u_toTexel.z)), ivec2(0), u_layerSize - 1) - u_heldFrom;
  ${footprint === 1 ? 'float best = valueAt(centre);' : loops(footprint)}
  if (best == ${NONE}) {
    colour = vec4(u_maskColour, 1.0);
    return;
  }
  float t = clamp((best - u_range.x) / max(u_range.y - u_range.x, 1e-6), 0.0, 1.0);
  colour = vec4(texelFetch(u_colours, ivec2(int(${TRANSFER[transfer]} * 255.0 + 0.5), 0), 0).rgb, 1.0);
}`;
}

/** Beyond an edge the texels at it are looked at once more. */
const loops = (footprint: number) => `ivec2 first = centre - ${Math.floor(footprint / 2)};
  ivec2 last = u_size - 1;
  float best = ${NONE};
  for (int y = 0; y < ${footprint}; y++) {
    for (int x = 0; x < ${footprint}; x++)
      best = max(best, valueAt(clamp(first + ivec2(x, y), ivec2(0), last)));
  }`;
