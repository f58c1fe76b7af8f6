import type { Architecture, ImageSettings } from './oci/manifest.ts';
import type { RootTree } from './oci/root-tree.ts';

/** Where a recipe may keep what it downloads. */
export interface RecipeContext {
  readonly downloads: string;
}

/** A file that is written beside the archive. */
export interface Sidecar {
  readonly name: string;
  readonly content: string;
}

/** One layer, before it is written. */
export interface LayerRecipe {
  readonly about: string;
  /** Collects the files; called only when the layer is not kept from an earlier build. */
  readonly tree: () => RootTree;
  /** Decides the content together with the code of this package; a layer with it is kept for other builds of the image. */
  readonly inputs?: unknown;
}

/** One architecture of an image, before it is written. */
export interface ImageContent {
  readonly settings: ImageSettings;
  /** Bottom first. What changes seldom is below, so that an upgrade transfers little. */
  readonly layers: readonly LayerRecipe[];
  readonly sidecars?: readonly Sidecar[];
}

/** How an image is made. A recipe's content depends on what {@link ImageRecipe.inputs} returns and on the code of this package alone. */
export interface ImageRecipe {
  readonly name: string;
  /** The name under which clusters look for it. */
  readonly reference: string;
  readonly architectures: readonly Architecture[];
  /** Whatever decides the content, in any form that JSON can show. Called each time, so it must be quick. */
  inputs(architectures: readonly Architecture[]): unknown;
  make(architecture: Architecture, context: RecipeContext): Promise<ImageContent>;
}
