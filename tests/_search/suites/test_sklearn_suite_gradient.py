"""Those of scikit-learn's own tests of its searches that hold for a search by gradients."""

import pytest

from sktune import GradientSearchCV
from tests._search.suites.sklearn_suite import routing_tests, search_tests

# What scikit-learn's tests warn of is theirs to judge, as in their own runs.
pytestmark = pytest.mark.filterwarnings("ignore")

# What each of the others searches; all of it is refused, as _gradient/test_bad_input.py has it.
# Estimator checks and routing are tested with Ridge and LogisticRegression instead.
SKIPPED_BY_REASON = {
    "an estimator of the test itself, which has no loss": """
        test_grid_search test_SearchCV_with_fit_params test_grid_search_no_score
        test_trivial_cv_results_attr test_no_refit test_grid_search_one_grid_point test_pickle
        test_grid_search_when_param_grid_includes_range test_gridsearch_nd test_X_as_list
        test_y_as_list test_pandas_input test_refit test_search_cv_score_samples_error
        test_grid_search_failing_classifier test_grid_search_classifier_all_fits_fail
        test_unsupported_sample_weight_scorer
        test_transform_inverse_transform_round_trip test_callable_multimetric_error_failing_clf
        test_callable_multimetric_clf_all_fits_fail test_scalar_fit_param
        test_scalar_fit_param_compat test_search_cv_using_minimal_compatible_estimator
        test_multi_metric_search_forwards_metadata test_search_callbacks_no_propagation
        test_search_callbacks_propagation test_search_callbacks_receive_sample_weight
        test_search_callbacks_receive_search_instance
        test_search_callbacks_with_partial_fit_failures
        test_score_rejects_params_with_no_routing_enabled
        test_search_cv_pairwise_property_equivalence_of_precomputed test_predict_proba_disabled
        test_search_cv_verbose_3 test_search_html_repr test_stochastic_gradient_loss_param
        test_setting_request_on_sub_estimator_removes_error test_non_consuming_estimator_works
        test_metadata_is_routed_correctly_to_scorer test_metadata_is_routed_correctly_to_splitter
        test_metadata_routed_to_group_splitter test_search_estimator_param
        test_cv_results_dtype_issue_29074 test_grid_search_allows_nans
    """,
    "an estimator without a gradient: an SVC, a tree, neighbours, clusters, densities": """
        test_grid_search_precomputed_kernel test_unsupervised_grid_search
        test_gridsearch_no_predict test_grid_search_cv_results test_random_search_cv_results
        test_search_default_iid test_grid_search_cv_results_multimetric
        test_search_cv_score_samples_method test_search_cv_results_none_param
        test_grid_search_with_multioutput_data test_searchcv_raise_warning_with_non_finite_score
        test_search_cv_results_rank_tie_breaking test_n_features_in
        test_inverse_transform_Xt_deprecation
    """,
    "a list of a linear model's penalties, where a range is needed": """
        test_classes__property test_grid_search_groups test_random_search_cv_results_multimetric
        test_search_train_scores_set_to_false test_callable_multimetric_confusion_matrix
        test_callable_multimetric_same_as_list_of_strings
        test_callable_single_metric_same_as_single_string
        test_callable_multimetric_error_on_invalid_key
        test_grid_search_score_method test_grid_search_sparse test_grid_search_sparse_scoring
        test_refit_callable test_refit_callable_invalid_type test_refit_callable_out_bound
        test_refit_callable_multi_metric test_search_cv_timing
        test_grid_search_correct_score_results test_grid_search_cv_splits_consistency
        test_search_cv_sample_weight_equivalence
    """,
    "steps of a pipeline, or options that are no penalties": """
        test_grid_search_pipeline_steps test_search_with_estimators_issue_29157
        test_cv_results_multi_size_array
    """,
}
SKIPPED = {name: why for why, names in SKIPPED_BY_REASON.items() for name in names.split()}

FOUND = {**search_tests(GradientSearchCV), **routing_tests(GradientSearchCV)}

globals().update({name: test for name, test in FOUND.items() if name not in SKIPPED})


def test_some_are_left():
    assert len(FOUND.keys() - SKIPPED.keys()) >= 8
