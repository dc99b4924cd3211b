/**
 * States of an image's analysis.
 *
 * @module
 */

export type AnalysisState = 'not_analyzed' | 'analyzing' | 'analyzed' | 'analysis_failed';
